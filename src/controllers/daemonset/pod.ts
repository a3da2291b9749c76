import { controllerReference, type DaemonSet, type NodeSelectorTerm, type Pod, type Toleration } from '../../api/index.ts'
import { REVISION_HASH } from '../revisions.ts'

const tolerated = (key: string, effect: string): Toleration => ({ key: `node.kubernetes.io/${key}`, operator: 'Exists', effect })

/** A daemon stays when its node is ill, and comes to nodes that take nothing else. Source: pkg/controller/daemon/util. */
const TOLERATIONS = [
  tolerated('not-ready', 'NoExecute'),
  tolerated('unreachable', 'NoExecute'),
  tolerated('disk-pressure', 'NoSchedule'),
  tolerated('memory-pressure', 'NoSchedule'),
  tolerated('pid-pressure', 'NoSchedule'),
  tolerated('unschedulable', 'NoSchedule'),
]
const ON_HOST_NETWORK = tolerated('network-unavailable', 'NoSchedule')

/** How often the template has changed, by the API server's count: a name of templates that came before their hashes. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation'
const GENERATION_LABEL = 'pod-template-generation'

/** Whether a toleration says of the same taints what another says; how long it lasts aside. */
const isSame = (a: Toleration, b: Toleration): boolean =>
  a.key === b.key && a.effect === b.effect && a.operator === b.operator && (a.value ?? '') === (b.value ?? '')

/** The Pod of a DaemonSet as it would be on any node: what eligibility is decided by. */
export function anyPod(set: DaemonSet, hash: string): Pod {
  const { metadata = {}, spec } = set.spec?.template ?? {}
  const { labels, annotations, finalizers } = metadata
  const { name, namespace } = set.metadata
  const added = spec?.hostNetwork ? [...TOLERATIONS, ON_HOST_NETWORK] : TOLERATIONS
  const given = (spec?.tolerations ?? []).filter((toleration) => !added.some((other) => isSame(toleration, other)))
  const generation = set.metadata.annotations?.[TEMPLATE_GENERATION]
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: { ...labels, ...(generation ? { [GENERATION_LABEL]: generation } : {}), [REVISION_HASH]: hash },
      annotations,
      finalizers,
      ownerReferences: [controllerReference(set)],
    },
    spec: { containers: [], ...spec, tolerations: [...given, ...added] },
  }
}

/** The same for one node: the scheduler is told by a node affinity where it must go. */
export function podOn(node: string, pod: Pod): Pod {
  const { affinity } = pod.spec ?? {}
  const nodeSelectorTerms: NodeSelectorTerm[] = [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }]
  const nodeAffinity = { ...affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } }
  return { ...pod, spec: { containers: [], ...pod.spec, affinity: { ...affinity, nodeAffinity } } }
}

/** The node that a Pod runs on, or must; undefined when it says neither. */
export function targetOf({ spec }: Pod): string | undefined {
  if (spec?.nodeName) return spec.nodeName
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  return terms.flatMap((term) => term.matchFields ?? []).find(({ key, operator }) => key === 'metadata.name' && operator === 'In')
    ?.values?.[0]
}
