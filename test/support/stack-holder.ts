/** A process of its own that holds a stack: says what it started as one JSON line, then waits to be ended by the test. */

import { onInterrupt } from '../../dev/interrupts.ts';
import { createProgress } from '../../dev/progress.ts';
import { startStack } from '../../dev/stack.ts';

export interface HeldStack {
  readonly folder: string;
  readonly pids: readonly number[];
}

const stack = await startStack(createProgress(), 'held');
onInterrupt(() => stack.stop());
const services = [stack.controlPlane.etcd, stack.controlPlane.apiServer, stack.mysql.service];
const held: HeldStack = { folder: stack.folder.path, pids: services.flatMap((service) => service?.pid ?? []) };
process.stdout.write(`${JSON.stringify(held)}\n`);
