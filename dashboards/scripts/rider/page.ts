// Small hands: find, show, hide, say.

export function find<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

export function show(element: HTMLElement, visible: boolean): void {
  element.hidden = !visible;
}

/** Put a sentence into an element and show it; an empty sentence hides it. */
export function say(element: HTMLElement, sentence: string): void {
  if (element.textContent !== sentence) element.textContent = sentence;
  show(element, sentence !== "");
}
