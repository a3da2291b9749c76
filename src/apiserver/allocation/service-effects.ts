import type { Service } from '../../api/index.ts'
import type { Operation, Store } from '../../store/index.ts'
import type { KubeObject } from '../api.ts'
import { invalid } from '../http/status-error.ts'
import type { Effect, Effects, Random, Writing } from '../registry/core.ts'
import { encodePlain } from '../registry/encode.ts'
import { addressOperation } from './address-object.ts'
import { addressKey } from './addresses.ts'
import type { Addresses } from './addresses.ts'
import { carryOver, normalizeClusterIPs } from './carry-over.ts'
import { changeClusterIPs, Refused } from './cluster-ips.ts'
import { initFamilies } from './families.ts'
import type { NodePorts } from './node-ports.ts'
import { canonical } from './range.ts'
import { addressesOf, nodePortsOf, specOf } from './service.ts'
import type { ServiceDraft, Versions } from './service.ts'
import { changeNodePorts } from './service-ports.ts'

export interface ServiceEffectsOptions {
  readonly store: Store
  readonly random: Random
  readonly clock: { now(): number }
  readonly addresses: Addresses
  readonly ports: NodePorts
}

/** What a Service takes when it is written and gives back when it goes: addresses, with their objects, and node ports. */
export function serviceEffects(options: ServiceEffectsOptions): Effects {
  return {
    begin: (writing) => begin(options, writing),
    remove: (old) => remove(options, old as Service),
  }
}

function begin(options: ServiceEffectsOptions, { object, old, dryRun }: Writing): Effect {
  const service = object as ServiceDraft
  service.spec ??= {}
  const versions: Versions = { after: service.spec, before: old && specOf(old as Service) }
  const operation = options.ports.begin(dryRun)
  try {
    const { taken, released } = allocate(options, versions, { dryRun, operation })
    const operations = dryRun
      ? []
      : [
          ...taken.map((address) => addressOperation(options, address, service.metadata)),
          ...deleteAddresses(options.store, released),
        ]
    return { operations, commit: () => operation.commit(), revert: () => operation.revert() }
  } catch (error) {
    operation.revert()
    if (error instanceof Refused) throw invalid({ kind: 'Service', group: '', name: service.metadata.name ?? '' }, error.errors)
    throw error
  }
}

interface Allocation {
  readonly dryRun: boolean
  readonly operation: ReturnType<NodePorts['begin']>
}

function allocate(
  { addresses }: ServiceEffectsOptions,
  versions: Versions,
  { dryRun, operation }: Allocation,
): ReturnType<typeof changeClusterIPs> {
  if (versions.before) carryOver(versions.after, versions.before)
  normalizeClusterIPs(versions)
  // What is malformed is refused by validation, in better words.
  if (!isWellFormed(versions)) return { taken: [], released: [] }
  const wrong = initFamilies(versions, addresses.families)
  if (wrong.length > 0) throw new Refused(wrong)
  const change = changeClusterIPs(versions, addresses, dryRun)
  changeNodePorts(versions, operation)
  return change
}

function isWellFormed({ after }: Versions): boolean {
  const { clusterIP = '', clusterIPs = [] } = after
  if (clusterIPs.length > 0 && clusterIPs[0] !== clusterIP) return false
  if (clusterIPs[0] === 'None') return clusterIPs.length === 1
  return clusterIPs.every((address) => canonical(address) !== undefined)
}

function remove({ store, ports }: ServiceEffectsOptions, old: Service): Effect {
  const operations = deleteAddresses(store, addressesOf(old.spec))
  const commit = (): void => nodePortsOf(old.spec).forEach((port) => ports.release(port))
  return { operations, commit, revert() {} }
}

/** One that somebody deleted by hand is gone already. */
function deleteAddresses(store: Store, addresses: readonly string[]): Operation[] {
  return addresses.flatMap((address) => {
    const entry = store.get(addressKey(canonical(address) ?? address))
    if (!entry) return []
    const encoded = encodePlain(JSON.parse(entry.value.toString()) as KubeObject)
    return [{ key: entry.key, expected: entry.revision, tombstone: (revision: number) => encoded.at(revision) }]
  })
}
