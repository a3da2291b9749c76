import type { CoreV1Event, IPAddress, Service } from '../../api/index.ts'
import { addressOperation } from '../allocation/address-object.ts'
import { addressKey } from '../allocation/addresses.ts'
import type { Draft, KubeObject } from '../api.ts'
import type { Core } from '../registry/core.ts'
import { createObject } from '../registry/create.ts'
import { timestamp } from '../registry/timestamp.ts'
import { generateName } from '../registry/names.ts'
import { Warnings } from '../registry/warnings.ts'
import { planRepairs } from './plan.ts'

/**
 * Makes Services and IPAddresses agree again after somebody changed the latter by hand, and says so in Events. Nothing
 * that this server does itself makes them differ: both are written at one revision.
 */
export async function repairAddresses(core: Core): Promise<void> {
  const read = <T>(prefix: string): T[] => core.store.list(prefix).map(({ value }) => JSON.parse(value.toString()) as T)
  const { missing, leaked, shared } = planRepairs(read<Service>('//services/'), read<IPAddress>(addressKey('')))
  for (const { address, service } of missing) {
    await core.store.write([addressOperation(core, address, service.metadata)])
    await tell(core, service, { reason: 'ClusterIPNotAllocated', message: `Cluster IP ${address} is not allocated; repairing` })
  }
  for (const { metadata } of leaked) {
    const entry = core.store.get(addressKey(metadata.name ?? ''))
    if (entry) await core.store.write([{ key: entry.key, expected: entry.revision }])
    core.log.warn({ address: metadata.name }, 'an address had leaked and is free again')
  }
  for (const { address, service } of shared) {
    const message = `Cluster IP ${address} was assigned to multiple services; please recreate service`
    await tell(core, service, { reason: 'ClusterIPAlreadyAllocated', message })
  }
}

async function tell(core: Core, service: Service, { reason, message }: { reason: string; message: string }): Promise<void> {
  const kind = core.kinds.find('', 'v1', 'events')
  if (!kind) return
  const { name = '', namespace, uid, resourceVersion } = service.metadata
  const now = timestamp(core.clock.now())
  const event: CoreV1Event = {
    kind: 'Event',
    apiVersion: 'v1',
    metadata: { name: generateName(`${name}.`, core.random), namespace },
    involvedObject: { kind: 'Service', apiVersion: 'v1', name, namespace, uid, resourceVersion },
    type: 'Warning',
    reason,
    message,
    source: { component: 'ipallocator-repair-controller' },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  }
  await createObject(core, kind, event as unknown as Draft<KubeObject>, { dryRun: false, warnings: new Warnings() })
}
