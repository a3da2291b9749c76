import { duplicate, notFound, required } from '../../../field.ts'
import type { Container, EphemeralContainer, PodSpec } from '../../../generated/types.gen.ts'
import type { FieldError } from '../../../kind.ts'
import type { Written } from '../../../object.ts'
import { forbidAll, validateContainer, validateHostPorts, validateImage } from './container.ts'
import type { Surroundings } from './container.ts'
import { validateLifecycle, validateProbes } from './probes.ts'

/** As upstream's `validateContainers`, `validateInitContainers` and `validateEphemeralContainers`: their names are of one family. */
export function validateContainers(field: string, around: Surroundings): FieldError[] {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = around.spec as Written<PodSpec>
  const lasting = new Set([...containers, ...initContainers].map(({ name }) => name))
  return [
    ...validateRegular(`${field}.containers`, containers, around),
    ...validateInit(`${field}.initContainers`, initContainers, around),
    ...validateEphemeral(`${field}.ephemeralContainers`, ephemeralContainers, { around, lasting }),
  ]
}

/** Images as only Pods must have them. */
export const validateImages = (field: string, { spec }: Surroundings): FieldError[] =>
  (['containers', 'initContainers', 'ephemeralContainers'] as const).flatMap((list) =>
    (spec[list] ?? []).flatMap((container, index) => validateImage(`${field}.${list}[${index}]`, container)),
  )

function validateRegular(field: string, containers: readonly Container[], around: Surroundings): FieldError[] {
  if (containers.length === 0) return [required(field)]
  const names = new Set<string>()
  const found = containers.flatMap((container, index) => {
    const at = `${field}[${index}]`
    return [
      ...validateContainer(at, container, around),
      ...validateUnique(`${at}.name`, container.name, names),
      ...validateLifecycle(at, container, around.spec.terminationGracePeriodSeconds),
      ...validateProbes(at, container),
    ]
  })
  return [...found, ...validateHostPorts(field, containers)]
}

function validateUnique(field: string, name: string | undefined, names: Set<string>): FieldError[] {
  if (name !== undefined && names.has(name)) return [duplicate(field, name)]
  if (name) names.add(name)
  return []
}

const OF_LASTING = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const

/** They run one by one, so that each may have the ports of the others; only sidecars live long enough to be asked how they are. */
function validateInit(field: string, containers: readonly Container[], around: Surroundings): FieldError[] {
  const names = new Set((around.spec.containers ?? []).map(({ name }) => name))
  return containers.flatMap((container, index) => {
    const at = `${field}[${index}]`
    const sidecar = container.restartPolicy === 'Always'
    const set = OF_LASTING.filter((name) => container[name] !== undefined)
    return [
      ...validateContainer(at, container, around),
      ...validateUnique(`${at}.name`, container.name, names),
      ...validateHostPorts(field, [container]),
      ...(sidecar
        ? [...validateLifecycle(at, container, around.spec.terminationGracePeriodSeconds), ...validateProbes(at, container)]
        : forbidAll(at, set, 'may not be set for init containers without restartPolicy=Always')),
    ]
  })
}

/** What makes a container part of a service, which one that was put in for a look isn't. */
const NEVER = [
  'ports',
  'resources',
  'lifecycle',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'resizePolicy',
  'restartPolicy',
] as const
const RULE = 'cannot be set for an Ephemeral Container'

interface Given {
  readonly around: Surroundings
  /** The names of the containers that were there from the beginning. */
  readonly lasting: ReadonlySet<string>
}

function validateEphemeral(field: string, containers: readonly EphemeralContainer[], { around, lasting }: Given): FieldError[] {
  const names = new Set(lasting)
  return containers.flatMap((container, index) => {
    const at = `${field}[${index}]`
    const { targetContainerName: target = '', volumeMounts = [] } = container
    const found = [
      ...validateContainer(at, container, around),
      ...validateUnique(`${at}.name`, container.name, names),
      ...(target === '' || lasting.has(target) ? [] : [notFound(`${at}.targetContainerName`, target)]),
    ]
    found.push(...forbidAll(at, NEVER.filter((name) => isSet(container[name])), RULE)) // prettier-ignore
    for (const [place, mount] of volumeMounts.entries()) {
      const paths = (['subPath', 'subPathExpr'] as const).filter((name) => mount[name])
      found.push(...forbidAll(`${at}.volumeMounts[${place}]`, paths, RULE))
    }
    return found
  })
}

const isSet = (value: unknown): boolean =>
  value !== undefined && value !== '' && !(typeof value === 'object' && value !== null && Object.keys(value).length === 0)
