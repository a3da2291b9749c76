import type { DaemonSet, Pod } from '../../api/index.ts'
import { isAvailable, isNew, isTerminating, type Picture, type Place } from './places.ts'

export interface RollingStep {
  /** Nodes that get a new Pod beside the old one. */
  readonly surge: readonly string[]
  readonly delete: readonly Pod[]
}

const NO_UPDATE: RollingStep = { surge: [], delete: [] }

/** A node, with its Pod of the newest template and that of an older one. */
interface Site {
  readonly place: Place
  readonly fresh: Pod | undefined
  readonly old: Pod | undefined
}

/**
 * What a rolling update does next: old Pods go first, or where the set surges new ones come first. Nodes that were to have no
 * Pod any more are updated too, as long as they may keep theirs. Source: pkg/controller/daemon/update.go rollingUpdate.
 */
export function rollingStep(picture: Picture, places: readonly Place[]): RollingStep {
  const { set } = picture
  if (set.spec?.updateStrategy?.type === 'OnDelete') return NO_UPDATE
  const wanted = places.filter(({ mayStart }) => mayStart).length
  const surge = maxSurge(set, wanted)
  const sites = places.filter(({ mayStart, pods }) => mayStart || pods.length > 0).map((place) => siteOf(picture, place))
  return surge > 0 ? surging(picture, sites, { surge, wanted }) : replacing(picture, sites, wanted)
}

/** Undefined when there are more Pods of a kind than one: those are sorted out first. */
function siteOf(picture: Picture, place: Place): Site | undefined {
  const living = place.pods.filter((pod) => !isTerminating(pod))
  const fresh = living.filter((pod) => isNew(picture, pod))
  const old = living.filter((pod) => !isNew(picture, pod))
  return fresh.length > 1 || old.length > 1 ? undefined : { place, fresh: fresh[0], old: old[0] }
}

/** Old Pods that are not available cost nothing and go; of the others as many as may be missing. */
function replacing(picture: Picture, sites: readonly (Site | undefined)[], wanted: number): RollingStep {
  const available = (pod: Pod | undefined): boolean => pod !== undefined && isAvailable(picture, pod)
  const outdated = sites.flatMap((site) => (site?.old && !site.fresh ? [site.old] : []))
  const missing = sites.filter((site) => !site || (site.old ? site.fresh : !available(site.fresh)))
  const broken = outdated.filter((pod) => !available(pod))
  const room = Math.max(0, maxUnavailable(picture.set, wanted) - missing.length - broken.length)
  return { surge: [], delete: [...broken, ...outdated.filter(available).slice(0, room)] }
}

/**
 * An old Pod goes once the new one beside it is available. On a node that should have none any more it goes when enough others
 * are available.
 */
function surging(
  picture: Picture,
  sites: readonly (Site | undefined)[],
  { surge, wanted }: { readonly surge: number; readonly wanted: number },
): RollingStep {
  const available = (pod: Pod | undefined): boolean => pod !== undefined && isAvailable(picture, pod)
  const known = sites.filter((site) => site !== undefined)
  const outdated = known.flatMap(({ place, fresh, old }) => (old && !fresh ? [{ place, old }] : []))
  const both = known.flatMap(({ fresh, old }) => (old && fresh ? [{ fresh, old }] : []))
  const arriving = sites.length - known.length + both.filter(({ fresh }) => !available(fresh)).length
  const candidates = outdated.filter(({ place, old }) => place.mayStart && available(old))
  const spare = known.filter(({ fresh, old }) => available(old ?? fresh)).length - wanted
  return {
    surge: [
      ...outdated.filter(({ place, old }) => place.mayStart && !available(old)),
      ...candidates.slice(0, Math.max(0, surge - arriving)),
    ].map(({ place }) => place.node),
    delete: [
      ...both.filter(({ fresh }) => available(fresh)),
      ...outdated.filter(({ place, old }) => !place.mayStart && !available(old)),
      ...outdated.filter(({ place, old }) => !place.mayStart && available(old)).slice(0, Math.max(0, spare)),
    ].map(({ old }) => old),
  }
}

/** How many nodes may have a new Pod beside the old one; 0 when the set doesn't surge. */
export function maxSurge({ spec }: DaemonSet, wanted: number): number {
  const { type, rollingUpdate } = spec?.updateStrategy ?? {}
  return type === 'OnDelete' ? 0 : amount(rollingUpdate?.maxSurge ?? 0, wanted)
}

/** One may be missing where nothing else would let an update go on. */
const maxUnavailable = ({ spec }: DaemonSet, wanted: number): number =>
  Math.max(amount(spec?.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, wanted), 1)

/** A number or a percentage of `total`, rounded up. */
const amount = (given: number | string, total: number): number =>
  typeof given === 'number' ? given : Math.ceil((Number.parseInt(given, 10) * total) / 100)
