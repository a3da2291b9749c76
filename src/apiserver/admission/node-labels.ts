type Labels = Readonly<Record<string, string>>

/** The labels that a kubelet tells of its machine: upstream's `kubelet/pkg/apis/well_known_labels.go`. */
const OF_KUBELETS: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'node.kubernetes.io/windows-build',
])
const NAMESPACES_OF_KUBELETS = ['kubelet.kubernetes.io', 'node.kubernetes.io']
const OF_KUBERNETES = ['kubernetes.io', 'k8s.io']
const RESTRICTED = ['node-restriction.kubernetes.io']

/** The names that differ, in order. */
export function modifiedLabels(now: Labels = {}, before: Labels = {}): string[] {
  const names = new Set([...Object.keys(now), ...Object.keys(before)])
  return [...names].filter((name) => now[name] !== before[name]).sort()
}

/**
 * Whether a node may give itself a label: not what people keep apart for themselves, and of Kubernetes' own only those of
 * kubelets; a node could draw Pods to itself otherwise.
 */
export function mayNodeSet(label: string): boolean {
  const namespace = label.includes('/') ? label.slice(0, label.indexOf('/')) : ''
  if (isIn(namespace, RESTRICTED)) return false
  if (!isIn(namespace, OF_KUBERNETES)) return true
  return OF_KUBELETS.has(label) || isIn(namespace, NAMESPACES_OF_KUBELETS)
}

const isIn = (namespace: string, parents: readonly string[]): boolean =>
  parents.some((parent) => namespace === parent || namespace.endsWith(`.${parent}`))
