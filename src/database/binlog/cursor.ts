/** Reading along the bytes of an event of the binary log. All numbers are little-endian. */
export class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Bytes read so far. */
  get position(): number {
    return this.#at;
  }

  /** @throws RangeError when there are not so many; so does everything below */
  take(length: number): Buffer {
    const end = this.#at + length;
    if (length < 0 || end > this.#bytes.length) throw new RangeError('an event ends before its time');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** @param length 1 to 6 bytes */
  unsigned(length: number): number {
    return this.take(length).readUIntLE(0, length);
  }

  /** A length-encoded integer of the protocol. */
  packed(): number {
    const first = this.unsigned(1);
    if (first < 0xfb) return first;
    if (first === 0xfc) return this.unsigned(2);
    if (first === 0xfd) return this.unsigned(3);
    if (first === 0xfe) return Number(this.take(8).readBigUInt64LE());
    throw new RangeError('no length begins like this');
  }

  /** The rest. */
  rest(): Buffer {
    return this.take(this.#bytes.length - this.#at);
  }
}
