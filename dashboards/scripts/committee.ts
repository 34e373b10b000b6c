// The committee's chart.
export {};
