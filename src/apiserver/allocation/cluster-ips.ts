import { invalid as invalidField } from '../../api/machinery/index.ts'
import type { FieldError } from '../api.ts'
import { internalError } from '../http/status-error.ts'
import { AddressError } from './addresses.ts'
import type { Addresses } from './addresses.ts'
import { keepsPreferDualStack } from './families.ts'
import { canonical } from './range.ts'
import type { Family } from './range.ts'
import { addressesOf, isHeadless } from './service.ts'
import type { SpecDraft, Versions } from './service.ts'

export interface AddressChange {
  readonly taken: readonly string[]
  readonly released: readonly string[]
}

/** A wish that can't be granted. */
export class Refused extends Error {
  readonly errors: readonly FieldError[]

  constructor(errors: readonly FieldError[]) {
    super('refused')
    this.errors = errors
  }
}

const NOTHING: AddressChange = { taken: [], released: [] }

/**
 * Puts the addresses of a Service into its draft. Throws {@link Refused} when one that was wanted can't be had. As
 * upstream's `allocClusterIPs` and `updateClusterIPs`.
 */
export function changeClusterIPs({ after, before }: Versions, addresses: Addresses, dryRun: boolean): AddressChange {
  if (!before) return { taken: allocateAll(after, addresses, dryRun), released: [] }
  if (keepsPreferDualStack({ after, before })) return NOTHING
  if (before.type === 'ExternalName' && after.type !== 'ExternalName')
    return { taken: allocateAll(after, addresses, dryRun), released: [] }
  if (isHeadless(before)) return NOTHING
  if (before.type !== 'ExternalName' && after.type === 'ExternalName') return { taken: [], released: addressesOf(before) }
  const [was, is] = [before.ipFamilies?.length ?? 0, after.ipFamilies?.length ?? 0]
  if (was === 1 && is === 2) return { taken: [allocateOne(after, 1, { addresses, dryRun })], released: [] }
  if (was === 2 && is === 1) return { taken: [], released: addressesOf(before).slice(1) }
  return NOTHING
}

function allocateAll(spec: SpecDraft, addresses: Addresses, dryRun: boolean): string[] {
  if (spec.type === 'ExternalName' || isHeadless(spec)) return []
  const taken = (spec.ipFamilies ?? []).map((_, index) => allocateOne(spec, index, { addresses, dryRun }))
  spec.clusterIP = spec.clusterIPs?.[0]
  return taken
}

function allocateOne(spec: SpecDraft, index: number, { addresses, dryRun }: { addresses: Addresses; dryRun: boolean }): string {
  const family = spec.ipFamilies?.[index] as Family
  const wanted = spec.clusterIPs?.[index]
  const address = wanted ? reserve(spec, wanted, addresses) : findAny(family, addresses, dryRun)
  spec.clusterIPs = [...(spec.clusterIPs ?? []).slice(0, index), wanted || address, ...(spec.clusterIPs ?? []).slice(index + 1)]
  return address
}

function reserve(spec: SpecDraft, wanted: string, addresses: Addresses): string {
  const address = canonical(wanted) ?? wanted
  try {
    addresses.mustBeFree(address)
    return address
  } catch (error) {
    if (!(error instanceof AddressError)) throw error
    throw new Refused([invalidField('spec.clusterIPs', spec.clusterIPs, `failed to allocate IP ${wanted}: ${error.message}`)])
  }
}

function findAny(family: Family, addresses: Addresses, dryRun: boolean): string {
  try {
    return dryRun ? addresses.example(family) : addresses.free(family)
  } catch (error) {
    if (error instanceof AddressError) throw internalError(`failed to allocate a serviceIP: ${error.message}`)
    throw error
  }
}
