/** A proxy that writes all the time, to be killed at it: Services 10.98.0.x that come, go and change, beside those that stay. */
import { endpointSlices, services } from '../../src/api/index.ts'
import { createConntrack, createNft, setSysctl } from '../../src/kernel/index.ts'
import { silent, systemClock } from '../../src/lib/index.ts'
import { runProxy } from '../../src/proxy/index.ts'
import { fakeCaches } from '../../src/testing/index.ts'
import { type Pod, POD_RANGES, service, SERVICE_RANGES, slice } from './proxy-network.ts'

const caches = fakeCaches()
const put = (name: string, ip: string, pods: readonly Pod[]): void => {
  caches.put(services, service(name, ip))
  caches.put(endpointSlices, slice(name, pods))
}
put('talk', '10.96.0.9', ['pod-a'])
const change = (turn: number): void => {
  for (let i = 0; i < 400; i++) put(`victim-${i}`, `10.98.0.${i % 250}`, (turn + i) % 3 ? ['pod-a', 'pod-c'] : ['pod-b'])
}
change(0)
const common = { caches, clock: systemClock, log: silent, nodeName: 'node1', recorder: { event: () => {} } }
const kernel = { nft: createNft(), conntrack: createConntrack(), setSysctl }
process.stdout.write('starting\n')
await runProxy({ ...common, kernel, podCIDRs: POD_RANGES, serviceCIDRs: SERVICE_RANGES }, new AbortController().signal)
for (let turn = 1; ; turn++) {
  change(turn)
  await systemClock.sleep(1)
}
