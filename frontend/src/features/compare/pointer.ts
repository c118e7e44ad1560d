import { useState, useSyncExternalStore } from "react";

/**
 * The image that is pointed at. Apart from React's state, so that of a thousand cells only those are drawn
 * anew that show it.
 */
export class Pointer {
  private id: string | null = null;
  private readonly listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  };

  readonly get = () => this.id;

  readonly point = (id: string | null) => {
    if (id === this.id) return;
    this.id = id;
    for (const tell of this.listeners) tell();
  };
}

export function usePointer(): Pointer {
  return useState(() => new Pointer())[0];
}

/** The image that is followed: the one that is pointed at, else the one that was pressed. */
export function useActive(pointer: Pointer, pinned: string | null): string | null {
  return useSyncExternalStore(pointer.subscribe, pointer.get) ?? pinned;
}

/** Whether this image is the one that is followed. */
export function useIsActive(pointer: Pointer, id: string, pinned: boolean): boolean {
  return useSyncExternalStore(pointer.subscribe, () => {
    const pointed = pointer.get();
    return pointed === null ? pinned : pointed === id;
  });
}
