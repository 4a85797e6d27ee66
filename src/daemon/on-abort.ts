/** Calls `then` once: now, when the signal is aborted already, or as soon as it is. */
export function onAbort(signal: AbortSignal, then: () => void): void {
  if (signal.aborted) then();
  else signal.addEventListener("abort", then, { once: true });
}
