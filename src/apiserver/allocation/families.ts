import { invalid } from '../../api/machinery/index.ts'
import type { FieldError } from '../api.ts'
import { familyOf } from './range.ts'
import type { Family } from './range.ts'
import { isHeadless, needsClusterIP, same } from './service.ts'
import type { SpecDraft, Versions } from './service.ts'

const POLICY = 'spec.ipFamilyPolicy'

/**
 * Decides which address families a Service has, from what its writer said, what it had before, and what the cluster has.
 * Returns what is wrong with it; then the draft is of no use. As upstream's `initIPFamilyFields`.
 */
export function initFamilies({ after, before }: Versions, configured: readonly Family[]): FieldError[] {
  if (after.type === 'ExternalName' || keepsPreferDualStack({ after, before })) return []
  setPolicy({ after, before })
  if (before) releaseSecond({ after, before })
  const wrong = [...(before ? reductions({ after, before }) : []), ...contradictions(after), ...inferFamilies(after, configured)]
  if (wrong.length > 0) return wrong
  if (isHeadless(after) && isSelectorless(after)) {
    after.ipFamilies = withSecond(
      after.ipFamilies?.length ? after.ipFamilies : [first(configured)],
      after.ipFamilyPolicy !== 'SingleStack',
    )
    return []
  }
  const impossible = impossibilities(after, configured)
  if (impossible.length > 0) return impossible
  const families = after.ipFamilies?.length ? after.ipFamilies : [first(configured)]
  after.ipFamilies = withSecond(families, after.ipFamilyPolicy !== 'SingleStack' && configured.length === 2)
  return []
}

const first = (configured: readonly Family[]): Family => configured[0] ?? 'IPv4'
const isSelectorless = ({ selector }: SpecDraft): boolean => Object.keys(selector ?? {}).length === 0
const other = (family: string): Family => (family === 'IPv4' ? 'IPv6' : 'IPv4')
const withSecond = (families: string[], wanted: boolean): string[] =>
  wanted && families.length === 1 ? [families[0] as string, other(families[0] as string)] : families

/**
 * A Service that prefers two stacks doesn't gain or lose one by an unrelated write after the cluster itself did. As
 * upstream's `isMatchingPreferDualStackClusterIPFields`.
 */
export function keepsPreferDualStack({ after, before }: Versions): boolean {
  if (!before || before.type !== after.type || !needsClusterIP(after)) return false
  if (after.ipFamilyPolicy !== 'PreferDualStack' || (before.ipFamilyPolicy ?? 'PreferDualStack') !== 'PreferDualStack')
    return false
  return same(before.clusterIPs, after.clusterIPs) && same(before.ipFamilies, after.ipFamilies)
}

function setPolicy({ after, before }: Versions): void {
  if (after.ipFamilyPolicy) return
  if (before?.ipFamilyPolicy) after.ipFamilyPolicy = before.ipFamilyPolicy
  else after.ipFamilyPolicy = isHeadless(after) && isSelectorless(after) ? 'RequireDualStack' : 'SingleStack'
}

/** Asking for a single stack and changing nothing else means: let go of the second one. */
function releaseSecond({ after, before }: Versions): void {
  if (after.ipFamilyPolicy !== 'SingleStack') return
  if (same(before?.clusterIPs, after.clusterIPs)) after.clusterIPs = after.clusterIPs?.slice(0, 1)
  if (same(before?.ipFamilies, after.ipFamilies)) after.ipFamilies = after.ipFamilies?.slice(0, 1)
}

function reductions({ after, before }: Versions): FieldError[] {
  if (after.ipFamilyPolicy === 'SingleStack') return []
  const reduced = (now: readonly string[] | undefined, was: readonly string[] | undefined): boolean =>
    !!now?.length && now.length < (was?.length ?? 0)
  const say = (what: string): FieldError =>
    invalid(POLICY, after.ipFamilyPolicy, `must be 'SingleStack' to release the secondary ${what}`)
  return [
    ...(reduced(after.clusterIPs, before?.clusterIPs) ? [say('cluster IP')] : []),
    ...(reduced(after.ipFamilies, before?.ipFamilies) ? [say('IP family')] : []),
  ]
}

function contradictions(after: SpecDraft): FieldError[] {
  if (after.ipFamilyPolicy !== 'SingleStack') return []
  const say = (what: string): FieldError =>
    invalid(POLICY, after.ipFamilyPolicy, `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`)
  return [
    ...(after.clusterIPs?.length === 2 ? [say('cluster IPs')] : []),
    ...(after.ipFamilies?.length === 2 ? [say('IP families')] : []),
  ]
}

/** An address says which family it is of. */
function inferFamilies(after: SpecDraft, configured: readonly Family[]): FieldError[] {
  const wrong: FieldError[] = []
  for (const [index, address] of (after.clusterIPs ?? []).entries()) {
    if (address === 'None') break
    if (index < (after.ipFamilies?.length ?? 0)) continue
    const family = familyOf(address)
    if (configured.includes(family)) after.ipFamilies = [...(after.ipFamilies ?? []), family]
    else wrong.push(invalid(`spec.clusterIPs[${index}]`, after.clusterIPs, `${family} is not configured on this cluster`))
  }
  return wrong
}

function impossibilities(after: SpecDraft, configured: readonly Family[]): FieldError[] {
  const wrong: FieldError[] = []
  if (after.ipFamilyPolicy === 'RequireDualStack' && configured.length < 2) {
    wrong.push(invalid(POLICY, after.ipFamilyPolicy, 'this cluster is not configured for dual-stack services'))
  }
  for (const [index, family] of (after.ipFamilies ?? []).entries()) {
    if (configured.includes(family as Family)) continue
    wrong.push(invalid(`spec.ipFamilies[${index}]`, family, 'not configured on this cluster'))
  }
  return wrong
}
