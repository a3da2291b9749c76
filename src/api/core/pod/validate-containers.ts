import { duplicate, forbidden, invalid, invalids, notFound, notSupported, required } from '../../field.ts'
import type { Container, ContainerPort, EnvVar, PodSpec } from '../../generated/types.gen.ts'
import type { FieldError } from '../../kind.ts'
import { dns1123Label, environmentName, portName, portNumber } from '../../names.ts'
import { compareQuantities } from '../../quantity.ts'
import { PROTOCOLS } from '../service/validate-ports.ts'
import { validateLifecycle, validateProbes } from './validate-probes.ts'

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never']

/** Containers and init containers, whose names are of one family. As upstream's `validateContainers` and `validateInitContainers`. */
export function validateContainers(field: string, spec: PodSpec): FieldError[] {
  const names = new Set<string>()
  const volumes = new Set(spec.volumes?.map((volume) => volume.name))
  const found: FieldError[] = spec.containers?.length ? [] : [required(`${field}.containers`)]
  const lists = { containers: spec.containers ?? [], initContainers: spec.initContainers ?? [] }
  for (const [list, containers] of Object.entries(lists)) {
    for (const [index, container] of containers.entries()) {
      const at = `${field}.${list}[${index}]`
      found.push(...validateName(at, container, names), ...validateContainer(at, container, volumes))
      if (list === 'initContainers') found.push(...validateInitContainer(at, container))
    }
  }
  return [...found, ...validateHostPorts(field, spec)]
}

function validateName(field: string, { name }: Container, names: Set<string>): FieldError[] {
  if (!name) return [required(`${field}.name`)]
  const found = invalids(`${field}.name`, name, dns1123Label(name))
  if (names.has(name)) found.push(duplicate(`${field}.name`, name))
  names.add(name)
  return found
}

function validateContainer(field: string, container: Container, volumes: ReadonlySet<string>): FieldError[] {
  const { image = '', imagePullPolicy } = container
  const found: FieldError[] = []
  if (image === '') found.push(required(`${field}.image`))
  else if (image !== image.trim()) found.push(invalid(`${field}.image`, image, 'must not have leading or trailing whitespace'))
  found.push(...validateLifecycle(field, container), ...validateProbes(field, container))
  found.push(...validatePorts(`${field}.ports`, container.ports ?? []))
  found.push(...(container.env ?? []).flatMap((variable, index) => validateVariable(`${field}.env[${index}]`, variable)))
  found.push(...validateMounts(field, container, volumes))
  if (!imagePullPolicy) found.push(required(`${field}.imagePullPolicy`))
  else if (!PULL_POLICIES.includes(imagePullPolicy)) {
    found.push(notSupported(`${field}.imagePullPolicy`, imagePullPolicy, PULL_POLICIES))
  }
  return [...found, ...validateResources(`${field}.resources`, container)]
}

/** Only sidecars live long enough to be asked how they are. */
function validateInitContainer(field: string, container: Container): FieldError[] {
  if (container.restartPolicy === 'Always') return []
  const only = 'may not be set for init containers without restartPolicy=Always'
  return (['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const)
    .filter((name) => container[name] !== undefined)
    .map((name) => forbidden(`${field}.${name}`, only))
}

function validatePorts(field: string, ports: readonly ContainerPort[]): FieldError[] {
  const names = new Set<string>()
  return ports.flatMap(({ name = '', containerPort, hostPort = 0, protocol }, index) => {
    const at = `${field}[${index}]`
    const found: FieldError[] = name === '' ? [] : invalids(`${at}.name`, name, portName(name))
    if (name !== '' && names.has(name)) found.push(duplicate(`${at}.name`, name))
    names.add(name)
    if (!containerPort) found.push(required(`${at}.containerPort`))
    else found.push(...invalids(`${at}.containerPort`, containerPort, portNumber(containerPort)))
    if (hostPort !== 0) found.push(...invalids(`${at}.hostPort`, hostPort, portNumber(hostPort)))
    if (!protocol) found.push(required(`${at}.protocol`))
    else if (!PROTOCOLS.includes(protocol)) found.push(notSupported(`${at}.protocol`, protocol, PROTOCOLS))
    return found
  })
}

/** On the node's own network a port can't be another one outside; and nowhere can two containers have the same. */
function validateHostPorts(field: string, spec: PodSpec): FieldError[] {
  const taken = new Set<string>()
  return (spec.containers ?? []).flatMap(({ ports = [] }, container) =>
    ports.flatMap(({ protocol = '', hostIP = '', hostPort = 0, containerPort }, index) => {
      const at = `${field}.containers[${container}].ports[${index}]`
      const found: FieldError[] = []
      if (spec.hostNetwork && hostPort !== containerPort) {
        found.push(invalid(`${at}.containerPort`, containerPort, 'must match `hostPort` when `hostNetwork` is true'))
      }
      const key = `${protocol}/${hostIP}/${hostPort}`
      if (hostPort !== 0 && taken.has(key)) found.push(duplicate(`${at}.hostPort`, key))
      taken.add(key)
      return found
    }),
  )
}

function validateVariable(field: string, { name, value = '', valueFrom }: EnvVar): FieldError[] {
  const found = name ? invalids(`${field}.name`, name, environmentName(name)) : [required(`${field}.name`)]
  if (!valueFrom) return found
  const sources = Object.keys(valueFrom).length
  if (sources === 0) {
    const choices = 'must specify one of: `configMapKeyRef`, `fieldRef`, `fileKeyRef`, `resourceFieldRef` or `secretKeyRef`'
    found.push(invalid(`${field}.valueFrom`, '', choices))
  }
  if (value !== '' && sources > 0) found.push(invalid(`${field}.valueFrom`, '', 'may not be specified when `value` is not empty'))
  if (sources > 1) found.push(invalid(`${field}.valueFrom`, '', 'may not have more than one field specified at a time'))
  return found
}

function validateMounts(field: string, { volumeMounts = [] }: Container, volumes: ReadonlySet<string>): FieldError[] {
  const paths = new Set<string>()
  return volumeMounts.flatMap(({ name, mountPath }, index) => {
    const at = `${field}.volumeMounts[${index}]`
    const found: FieldError[] = []
    if (!name) found.push(required(`${at}.name`))
    else if (!volumes.has(name)) found.push(notFound(`${at}.name`, name))
    if (!mountPath) found.push(required(`${at}.mountPath`))
    if (paths.has(mountPath)) found.push(invalid(`${at}.mountPath`, mountPath, 'must be unique'))
    paths.add(mountPath)
    return found
  })
}

function validateResources(field: string, { resources: { limits = {}, requests = {} } = {} }: Container): FieldError[] {
  const found: FieldError[] = []
  for (const [list, amounts] of Object.entries({ limits, requests })) {
    for (const [name, amount] of Object.entries(amounts)) {
      if (amount.startsWith('-')) found.push(invalid(`${field}.${list}[${name}]`, amount, 'must be greater than or equal to 0'))
    }
  }
  for (const [name, amount] of Object.entries(requests)) {
    const limit = limits[name]
    if (limit === undefined || compareQuantities(amount, limit) <= 0) continue
    found.push(invalid(`${field}.requests`, amount, `must be less than or equal to ${name} limit of ${limit}`))
  }
  return found
}
