import { describe, expect, it } from "vitest";
import { remembered } from "./remembered";

describe("what is remembered", () => {
  it("is made once an object, and anew for another that looks the same", () => {
    const half = remembered(({ value }: { readonly value: number }) => ({ half: value / 2 }));
    const six = { value: 6 };
    const made = half(six);
    expect(made).toEqual({ half: 3 });
    expect(half(six)).toBe(made);
    expect(half({ value: 6 })).not.toBe(made);
  });
});
