// 32-bit numbers that name something, and their one spelling. Branded, so that a count cannot be passed as an id.

declare const brand: unique symbol;

/** A number that names a node; 0 to 2^32 − 1. */
export type NodeNum = number & { readonly [brand]: "NodeNum" };

export const BROADCAST = 0xffff_ffff as NodeNum;

/** Any integer as a node number, taken modulo 2^32. */
export function nodeNum(value: number): NodeNum {
  return (value >>> 0) as NodeNum;
}

/** `!0a1b2c3d`: eight lower-case hexadecimal digits after an exclamation mark. */
export function nodeId(num: number): string {
  return `!${(num >>> 0).toString(16).padStart(8, "0")}`;
}

/** The inverse of `nodeId`, in either case; undefined for anything else. */
export function parseNodeId(text: string): NodeNum | undefined {
  const match = /^!([0-9a-f]{8})$/i.exec(text);
  return match ? nodeNum(Number.parseInt(match[1]!, 16)) : undefined;
}
