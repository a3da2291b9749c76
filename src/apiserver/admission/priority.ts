import type { Pod, PriorityClass } from '../../api/index.ts'
import type { Draft } from '../api.ts'
import type { Core } from '../registry/core.ts'
import type { Admit } from './admit.ts'
import { refusal } from './refuse.ts'

const PREFIX = '/scheduling.k8s.io/priorityclasses/'
/** Above are the two classes of the system. */
const HIGHEST = 1_000_000_000
const SYSTEM: ReadonlySet<string> = new Set(['system-node-critical', 'system-cluster-critical'])
const NO_CLASS = { value: 0, preemptionPolicy: 'PreemptLowerPriority' }

/** A new Pod's priority is that of its class: upstream's plugin `Priority`. */
export const givePriority: Admit = (admitting) => {
  const { core, object, old } = admitting
  const { spec } = object as Draft<Pod>
  if (old || !spec) return
  const { value = 0, preemptionPolicy = 'PreemptLowerPriority' } =
    classOf(core, spec) ?? notFound(admitting, spec.priorityClassName)
  if (spec.priority !== undefined && spec.priority !== value) {
    const why = `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`
    throw refusal(admitting, why)
  }
  spec.priority = value
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== preemptionPolicy) {
    const why = `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${preemptionPolicy} from the given PriorityClass name`
    throw refusal(admitting, why)
  }
  spec.preemptionPolicy = preemptionPolicy
}

function notFound(admitting: Parameters<Admit>[0], name = ''): never {
  throw refusal(admitting, `no PriorityClass with name ${name} was found`)
}

type Class = Pick<PriorityClass, 'value' | 'preemptionPolicy'>

function classOf(core: Core, spec: NonNullable<Draft<Pod>['spec']>): Class | undefined {
  const { priorityClassName: name } = spec
  if (name) {
    const entry = core.store.get(PREFIX + name)
    return entry && (JSON.parse(entry.value.toString()) as PriorityClass)
  }
  const usual = defaultClass(core)
  if (usual) spec.priorityClassName = usual.metadata.name
  return usual ?? NO_CLASS
}

/** Of several that say so, the lowest. */
const defaultClass = (core: Core): PriorityClass | undefined =>
  core.store
    .list(PREFIX)
    .map(({ value }) => JSON.parse(value.toString()) as PriorityClass)
    .filter(({ globalDefault }) => globalDefault)
    .sort((a, b) => (a.value ?? 0) - (b.value ?? 0))[0]

export const checkPriorityClass: Admit = (admitting) => {
  const { core, object, old } = admitting
  const { metadata, value = 0, globalDefault } = object as Draft<PriorityClass>
  const { name = '' } = metadata
  if (!SYSTEM.has(name) && value > HIGHEST) {
    throw refusal(admitting, `maximum allowed value of a user defined priority is ${HIGHEST}`)
  }
  if (!old && !SYSTEM.has(name) && name.startsWith('system-')) {
    throw refusal(admitting, `priority class names with 'system-' prefix are reserved for system use only`)
  }
  const usual = globalDefault ? defaultClass(core) : undefined
  if (usual && usual.metadata.name !== name) {
    throw refusal(admitting, `PriorityClass ${usual.metadata.name} is already marked as default. Only one default can exist`)
  }
}
