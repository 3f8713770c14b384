// cose-js has no types of its own; this is the part that the tests use.
declare module "cose-js" {
  export const mac: {
    /** Resolves to the payload; rejects when the tag does not fit. */
    read(data: Buffer, key: Buffer, externalAAD?: Buffer): Promise<Buffer>;
  };
}
