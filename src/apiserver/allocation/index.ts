import type { Service } from '../../api/index.ts'
import type { Clock } from '../../lib/index.ts'
import type { Store } from '../../store/index.ts'
import type { Effects, Random } from '../registry/core.ts'
import { Addresses } from './addresses.ts'
import { NodePorts } from './node-ports.ts'
import type { PortRange } from './node-ports.ts'
import { serviceEffects } from './service-effects.ts'
import { nodePortsOf } from './service.ts'
import { kindKey } from '../registry/location.ts'

export interface Allocation {
  readonly effects: ReadonlyMap<string, Effects>
  /** Stops following the ServiceCIDRs. */
  readonly stop: () => void
}

interface Ranges {
  readonly serviceCIDRs: readonly string[]
  readonly nodePortRange: PortRange
}

interface Base {
  readonly store: Store
  readonly random: Random
  readonly clock: Clock
}

/** The effects of writing Services, with the books as the store has them now. */
export function allocation({ store, random, clock }: Base, { serviceCIDRs, nodePortRange }: Ranges): Allocation {
  const addresses = new Addresses(store, random, serviceCIDRs)
  const ports = new NodePorts(nodePortRange, random)
  for (const { value } of store.list('//services/')) ports.restore(nodePortsOf((JSON.parse(value.toString()) as Service).spec))
  const effects = serviceEffects({ store, random, clock, addresses, ports })
  return { effects: new Map([[kindKey({ group: '', plural: 'services' }), effects]]), stop: addresses.follow() }
}
