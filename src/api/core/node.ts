import type { Node } from '../generated/types.gen.ts'
import { defineKind } from '../kinds/define.ts'
import type { Column } from '../kind.ts'
import { age, text, wide } from '../printing/columns.ts'
import { nodes } from '../resources.ts'
import { specAndStatus } from '../strategy.ts'
import { validateNode, validateNodeUpdate } from './node-validation.ts'

const ROLE_PREFIX = 'node-role.kubernetes.io/'
const ROLE = 'kubernetes.io/role'

const columns: readonly Column<Node>[] = [
  text('Status', 'The status of the node', status),
  text('Roles', 'The roles of the node', (node) => roles(node).join(',') || '<none>'),
  age,
  text('Version', 'The version of the kubelet.', (node) => node.status?.nodeInfo?.kubeletVersion ?? ''),
  wide('Internal-IP', 'The address inside the cluster.', (node) => addressOf(node, 'InternalIP')),
  wide('External-IP', 'The address outside the cluster.', (node) => addressOf(node, 'ExternalIP')),
  wide('OS-Image', 'The operating system.', (node) => node.status?.nodeInfo?.osImage || '<unknown>'),
  wide('Kernel-Version', 'The version of the kernel.', kernel),
  wide('Container-Runtime', 'What runs the containers.', (node) => node.status?.nodeInfo?.containerRuntimeVersion || '<unknown>'),
]

const strategy = specAndStatus<Node>({ generation: false })

/** Unlike most kinds, a Node may bring its status along when it is created: the kubelet registers itself in one write. */
export const node = defineKind<Node>(nodes, {
  schema: 'io.k8s.api.core.v1.Node',
  shortNames: ['no'],
  subresources: ['status', 'proxy'],
  setDefaults: (object) => {
    object.spec ??= {}
    object.status ??= {}
    if (object.status.capacity) object.status.allocatable ??= object.status.capacity
  },
  prepareForUpdate: strategy.prepareForUpdate,
  validate: validateNode,
  validateUpdate: validateNodeUpdate,
  selectableFields: (object) => ({ 'spec.unschedulable': String(object.spec?.unschedulable ?? false) }),
  columns,
})

function status(object: Node): string {
  const ready = object.status?.conditions?.find((condition) => condition.type === 'Ready')
  const words = [ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady']
  if (object.spec?.unschedulable) words.push('SchedulingDisabled')
  return words.join(',')
}

function roles(object: Node): string[] {
  const found = new Set<string>()
  for (const [key, value] of Object.entries(object.metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX) && key.length > ROLE_PREFIX.length) found.add(key.slice(ROLE_PREFIX.length))
    else if (key === ROLE && value !== '') found.add(value)
  }
  return [...found].sort()
}

const addressOf = (object: Node, type: string): string =>
  object.status?.addresses?.find((address) => address.type === type)?.address ?? '<none>'

/** `6.12.76 (arm64)`, since 1.36. */
function kernel(object: Node): string {
  const { kernelVersion, architecture } = object.status?.nodeInfo ?? {}
  return kernelVersion ? `${kernelVersion}${architecture ? ` (${architecture})` : ''}` : '<unknown>'
}
