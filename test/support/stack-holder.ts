/** A process of its own that holds a stack and one more program: says what it started as one JSON line, then waits to be ended by the test. */

import { onInterrupt } from '../../dev/interrupts.ts';
import { createProgress } from '../../dev/progress.ts';
import { Service } from '../../dev/service.ts';
import { startStack } from '../../dev/stack.ts';

export interface HeldStack {
  readonly folder: string;
  readonly pids: readonly number[];
}

const stack = await startStack(createProgress(), 'held');
onInterrupt(() => stack.stop());
// As an operator that was being measured when somebody pressed Ctrl-C: nobody stops it.
const bystander = new Service({ name: 'bystander', folder: stack.folder, command: 'sleep', args: ['600'], probe: () => Promise.resolve() });
await bystander.start();
const services = [stack.controlPlane.etcd, stack.controlPlane.apiServer, stack.mysql.service, bystander];
const held: HeldStack = { folder: stack.folder.path, pids: services.flatMap((service) => service?.pid ?? []) };
process.stdout.write(`${JSON.stringify(held)}\n`);
