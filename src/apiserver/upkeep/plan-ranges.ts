import type { IPAddress, ServiceCIDR } from '../../api/index.ts'
import { parseRange, placeIn } from '../allocation/range.ts'
import type { AddressRange } from '../allocation/range.ts'

/** Keeps a range there until nobody has an address of it any more: upstream's `servicecidrs` controller (KEP-1880). */
export const FINALIZER = 'networking.k8s.io/service-cidr-finalizer'

/** What is to be done about a range. */
export type Step = 'protect' | 'say-ready' | 'say-terminating' | 'let-go'

/** What each range needs next; those that are as they should be are left out. */
export function planRanges(
  ranges: readonly ServiceCIDR[],
  addresses: readonly IPAddress[],
): readonly { readonly name: string; readonly step: Step }[] {
  return ranges.flatMap((range) => {
    const step = stepFor(range, ranges, addresses)
    return step ? [{ name: range.metadata.name ?? '', step }] : []
  })
}

function stepFor(range: ServiceCIDR, ranges: readonly ServiceCIDR[], addresses: readonly IPAddress[]): Step | undefined {
  const { finalizers = [], deletionTimestamp } = range.metadata
  const ready = range.status?.conditions?.find(({ type }) => type === 'Ready')?.status
  if (!deletionTimestamp) {
    if (!finalizers.includes(FINALIZER)) return 'protect'
    return ready === undefined ? 'say-ready' : undefined
  }
  if (!finalizers.includes(FINALIZER)) return undefined
  if (!isNeeded(range, ranges, addresses)) return 'let-go'
  return ready === 'False' ? undefined : 'say-terminating'
}

/** Whether somebody has an address of this range that is in no other one. */
function isNeeded(range: ServiceCIDR, ranges: readonly ServiceCIDR[], addresses: readonly IPAddress[]): boolean {
  const others = ranges.filter(({ metadata }) => metadata.name !== range.metadata.name && !metadata.deletionTimestamp)
  const covers = (parsed: readonly AddressRange[], address: string): boolean =>
    parsed.some((each) => placeIn(each, address) !== 'outside')
  const [own, theirs] = [rangesOf([range]), rangesOf(others)]
  return addresses.some(({ metadata: { name = '' } }) => covers(own, name) && !covers(theirs, name))
}

const rangesOf = (ranges: readonly ServiceCIDR[]): AddressRange[] =>
  ranges.flatMap(({ spec }) => (spec?.cidrs ?? []).map(parseRange))
