/** An events.k8s.io/v1 Event, made so that the API server takes it. */
import { microTime } from './micro-time.ts';

/** The object an Event is about: core/v1 ObjectReference. */
export interface Regarding {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion?: string;
}

/** What happened: `reason` and `action` in UpperCamelCase, `note` for people. */
export interface Happening {
  readonly regarding: Regarding;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

export interface Event extends Happening {
  readonly apiVersion: 'events.k8s.io/v1';
  readonly kind: 'Event';
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly eventTime: string;
  readonly reportingController: string;
  readonly reportingInstance: string;
}

export interface Reporter {
  /** A qualified name, such as `example.com/some-controller`. */
  readonly controller: string;
  /** Usually the pod's name. */
  readonly instance: string;
}

/** Bytes; pkg/apis/core/validation/events.go: NoteLengthLimit, and the three others, which share a number. */
const NOTE_LIMIT = 1_024;
const FIELD_LIMIT = 128;

/** Characters of an object's name (DNS subdomain). */
const NAME_LIMIT = 253;

/**
 * @param ms wall clock, milliseconds
 * @param serial makes the names of two Events of one object in one millisecond differ; unique within the process, from anywhere
 */
export function makeEvent(happening: Happening, reporter: Reporter, ms: number, serial: number): Event {
  const { regarding, type, reason, action, note } = happening;
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: eventName(regarding.name, ms, serial), namespace: placeOf(regarding) },
    eventTime: microTime(ms),
    reportingController: reporter.controller,
    reportingInstance: cut(reporter.instance, FIELD_LIMIT),
    type,
    reason: cut(reason, FIELD_LIMIT),
    action: cut(action, FIELD_LIMIT),
    note: cut(note, NOTE_LIMIT),
    regarding,
  };
}

/** The namespace of an object's Events. */
export function placeOf({ namespace }: Regarding): string {
  return namespace === '' ? 'default' : namespace;
}

/** `name.hex`, as client-go's GenerateEventName; a long name is cut, and never right after a dot or dash. */
function eventName(name: string, ms: number, serial: number): string {
  const suffix = `.${Math.floor(ms).toString(16)}${(serial % 0x100_0000).toString(16).padStart(6, '0')}`;
  return name.slice(0, NAME_LIMIT - suffix.length).replace(/[.-]+$/, '') + suffix;
}

/** At most `limit` bytes of UTF-8, the ellipsis included, and no character in halves. */
function cut(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) {
    return text;
  }
  const bytes = new Uint8Array(limit - Buffer.byteLength('…'));
  const { read } = new TextEncoder().encodeInto(text, bytes);
  return `${text.slice(0, read)}…`;
}
