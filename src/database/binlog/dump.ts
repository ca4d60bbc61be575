/** The server's binary log as a replica gets it: one command, answered by events without end. */
import type { Connection } from 'mysql2';
import { OperatorError } from '../../errors.ts';
import { databaseFailure } from '../failure.ts';

/** COM_BINLOG_DUMP, position 4, flags 2, server 4; the name of the file follows. */
const COMMAND = 0x12;
const FIXED_LENGTH = 11;
/** Before each packet: length 3, sequence 1. */
const PACKET_HEADER = 4;
const FIRST_OK = 0x00;
const FIRST_EOF = 0xfe;

export interface LogPosition {
  readonly file: string;
  /** Bytes from the beginning of that file. */
  readonly offset: number;
}

/** An answer of the server, as mysql2 hands it to the command under way. */
interface Packet {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
  isError(): boolean;
  asError(encoding: string): Error;
}

/** What a command uses of its connection. mysql2 does not declare the one that `addCommand` takes. */
interface Line {
  readonly clientEncoding: string;
  writePacket(packet: { readonly buffer: Buffer; length(): number; writeHeader(sequence: number): void }): void;
}

/**
 * mysql2 has a command for this, too, but it knows four kinds of events and drops the bytes of all others.
 * This one hands on each event as it came, header included; the bytes are the connection's, and good until `onEvent` returns.
 *
 * @param serverId no replica of that server may have the same
 * @param onEnd called once, when there will be no more events
 */
export function dumpBinlog(
  connection: Connection,
  { file, offset }: LogPosition,
  serverId: number,
  onEvent: (event: Buffer) => void,
  onEnd: (error: unknown) => void,
): void {
  let asked = false;
  let ended = false;
  const end = (error: unknown): true => {
    if (!ended) onEnd(databaseFailure(error, 'binlog'));
    ended = true;
    return true;
  };
  const command = {
    /** @returns whether the command is over */
    execute(packet: Packet | undefined, line: Line): boolean {
      if (!asked) {
        asked = true;
        // A command counts its packets from 0.
        Reflect.apply(Reflect.get(line, '_resetSequenceId'), line, []);
        line.writePacket(request(file, offset, serverId));
        return false;
      }
      if (packet === undefined) return false;
      if (packet.isError()) return end(packet.asError(line.clientEncoding));
      const body = packet.buffer.subarray(packet.start + PACKET_HEADER, packet.end);
      if (body[0] === FIRST_EOF) return end(new OperatorError('DATABASE_UNAVAILABLE', 'binlog: the server has ended the stream'));
      if (body[0] !== FIRST_OK) return end(new OperatorError('DATABASE_UNAVAILABLE', 'binlog: an answer that is no event'));
      onEvent(body.subarray(1));
      return false;
    },
    /** The connection is lost. */
    onResult: end,
  };
  Reflect.apply(Reflect.get(connection, 'addCommand'), connection, [command]);
}

function request(file: string, offset: number, serverId: number): Parameters<Line['writePacket']>[0] {
  const name = Buffer.from(file, 'utf8');
  const buffer = Buffer.alloc(PACKET_HEADER + FIXED_LENGTH + name.length);
  buffer.writeUInt8(COMMAND, 4);
  buffer.writeUInt32LE(offset, 5);
  buffer.writeUInt32LE(serverId, 11);
  name.copy(buffer, 15);
  return {
    buffer,
    length: () => buffer.length,
    writeHeader(sequence) {
      buffer.writeUIntLE(buffer.length - PACKET_HEADER, 0, 3);
      buffer.writeUInt8(sequence, 3);
    },
  };
}
