import { describe, expect, it } from '@jest/globals';
import { requestsIn } from '../../../bench/traffic.ts';

const line = (group: string, resource: string, verb: string, count: number, subresource = ''): string =>
  `apiserver_request_total{code="200",component="apiserver",dry_run="",group="${group}",resource="${resource}",scope="resource",subresource="${subresource}",verb="${verb}",version="v1"} ${count}`;

describe('requests counted by the API server', () => {
  it('are those for Jobs, their status and Events, with the writes among them', () => {
    const metrics = [
      '# TYPE apiserver_request_total counter',
      line('wordpress.betaweb.ai', 'jobs', 'PATCH', 5),
      line('wordpress.betaweb.ai', 'jobs', 'PATCH', 7, 'status'),
      line('wordpress.betaweb.ai', 'jobs', 'LIST', 2),
      line('events.k8s.io', 'events', 'POST', 3),
      line('', 'events', 'POST', 1),
    ].join('\n');
    expect(requestsIn(metrics)).toEqual({ requests: 18, writes: 16 });
  });

  it("are not those for the floor's doubles, other Jobs or anything else", () => {
    const metrics = [line('floor.wordpress.betaweb.ai', 'jobs', 'PATCH', 5), line('batch', 'jobs', 'PATCH', 5), line('coordination.k8s.io', 'leases', 'PUT', 5), line('', 'namespaces', 'GET', 5)].join('\n');
    expect(requestsIn(metrics)).toEqual({ requests: 0, writes: 0 });
  });
});
