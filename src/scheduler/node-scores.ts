import { type Amounts, matchesNodeTerm, type Node, type Pod, podRequests, untoleratedTaints } from '../api/index.ts'
import { BEST, type Score } from './cluster.ts'
import { allocatable, estimatesOf } from './resources.ts'

/** Fewer taints that would rather have no such Pod are better. Source: plugins/tainttoleration. */
export const welcomeScore: Score = (pod, _, fitting) => {
  const counts = fitting.map(
    ({ node }) => untoleratedTaints(pod, node.spec?.taints).filter(({ effect }) => effect === 'PreferNoSchedule').length,
  )
  return shares(counts).map((share) => BEST - share)
}

/** The weights of the preferred terms of node affinity that a node matches. Source: plugins/nodeaffinity. */
export const preferenceScore: Score = (pod, _, fitting) => {
  const terms = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  const weightOf = (node: Node): number =>
    terms.filter(({ preference }) => matchesNodeTerm(preference, node)).reduce((sum, { weight }) => sum + weight, 0)
  return shares(fitting.map(({ node }) => weightOf(node)))
}

/** Of the highest, in hundredths. */
function shares(counts: readonly number[]): number[] {
  const most = Math.max(0, ...counts)
  return counts.map((count) => (most === 0 ? 0 : Math.trunc((BEST * count) / most)))
}

const COMPARED = ['cpu', 'memory']

/** The more would be left, the better. Source: plugins/noderesources/least_allocated.go. */
export const roomScore: Score = (pod, _, fitting) =>
  fitting.map(({ node, use }) => {
    const left = used(node, use.estimates, estimatesOf(pod)).map((share) => Math.max(0, Math.trunc(BEST * (1 - share))))
    return left.length === 0 ? 0 : Math.trunc(left.reduce((sum, share) => sum + share) / left.length)
  })

/** The more alike the shares of CPU and memory would be, the better. Source: plugins/noderesources/balanced_allocation.go. */
export const balanceScore: Score = (pod, _, fitting) => {
  const requests = podRequests(pod)
  if (!asksFor(requests)) return fitting.map(() => 0)
  return fitting.map(({ node, use }) => {
    const [cpu = 0, memory = cpu] = used(node, use.requests, requests).map((share) => Math.min(1, share))
    return Math.trunc(BEST * (1 - Math.abs(cpu - memory) / 2))
  })
}

const asksFor = (requests: Amounts): boolean => COMPARED.some((name) => (requests.get(name) ?? 0) > 0)

/** The share of each resource that would be taken, of those that the node has. */
const used = (node: Node, taken: Amounts, more: Amounts): number[] =>
  COMPARED.filter((name) => allocatable(node, name) > 0).map(
    (name) => ((taken.get(name) ?? 0) + (more.get(name) ?? 0)) / allocatable(node, name),
  )

const MEBIBYTE = 1 << 20

/** Nodes that have large images of the Pod already are better, as far as others have them too. Source: plugins/imagelocality. */
export const imageScore: Score = (pod, { places }, fitting) => {
  const wanted = imagesOf(pod)
  const having = (image: string): number => places.filter(({ node }) => sizeOf(image, node) > 0).length
  const [least, most] = [23 * MEBIBYTE, 1000 * MEBIBYTE * Math.max(1, wanted.length)]
  const spread = new Map(wanted.map((image) => [image, having(image) / Math.max(1, places.length)]))
  return fitting.map(({ node }) => {
    const sum = wanted.reduce((total, image) => total + Math.trunc(sizeOf(image, node) * (spread.get(image) ?? 0)), 0)
    return Math.trunc((BEST * (Math.min(Math.max(sum, least), most) - least)) / (most - least))
  })
}

const imagesOf = ({ spec }: Pod): string[] =>
  [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map(({ image = '' }) => tagged(image))

/** As nodes name what they have: with a tag where there is neither tag nor digest. */
const tagged = (image: string): string => (/:[^/]*$/.test(image) ? image : `${image}:latest`)

/** Bytes; 0 when the node hasn't got it. */
const sizeOf = (image: string, { status }: Node): number =>
  status?.images?.find(({ names }) => names?.includes(image))?.sizeBytes ?? 0
