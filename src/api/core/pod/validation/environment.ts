import { invalid, invalids, notSupported, required } from '../../../field.ts'
import type { Container, EnvFromSource, EnvVar, EnvVarSource, ObjectFieldSelector, ResourceFieldSelector } from '../../../generated/types.gen.ts' // prettier-ignore
import type { FieldError } from '../../../kind.ts'
import { configKey, dns1123Subdomain, environmentName, qualifiedName } from '../../../names.ts'
import type { Written } from '../../../object.ts'
import { canonicalQuantity } from '../../../quantity.ts'

/** As upstream's `ValidateEnv` and `ValidateEnvFrom`. */
export const validateEnvironment = (
  field: string,
  { env = [], envFrom = [] }: Pick<Container, 'env' | 'envFrom'>,
): FieldError[] => [
  ...env.flatMap((variable, index) => validateVariable(`${field}.env[${index}]`, variable)),
  ...envFrom.flatMap((source, index) => validateSource(`${field}.envFrom`, source, index)),
]

function validateVariable(field: string, { name, value = '', valueFrom }: EnvVar): FieldError[] {
  const found = name ? invalids(`${field}.name`, name, environmentName(name)) : [required(`${field}.name`)]
  return valueFrom ? [...found, ...validateValueFrom(`${field}.valueFrom`, valueFrom, value)] : found
}

function validateValueFrom(field: string, source: EnvVarSource, value: string): FieldError[] {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = source
  const found: FieldError[] = []
  if (fieldRef) found.push(...validateFieldRef(`${field}.fieldRef`, fieldRef, OF_ENVIRONMENT))
  if (resourceFieldRef) {
    found.push(...validateResourceRef(`${field}.resourceFieldRef`, resourceFieldRef, { named: false }))
  }
  if (configMapKeyRef) found.push(...validateKeyRef(`${field}.configMapKeyRef`, configMapKeyRef))
  if (secretKeyRef) found.push(...validateKeyRef(`${field}.secretKeyRef`, secretKeyRef))
  const sources = Object.keys(source).length
  if (sources === 0) {
    const choices = 'must specify one of: `configMapKeyRef`, `fieldRef`, `fileKeyRef`, `resourceFieldRef` or `secretKeyRef`'
    found.push(invalid(field, '', choices))
  } else if (value !== '') found.push(invalid(field, '', 'may not be specified when `value` is not empty'))
  else if (sources > 1) found.push(invalid(field, '', 'may not have more than one field specified at a time'))
  return found
}

function validateKeyRef(field: string, { name = '', key }: { readonly name?: string; readonly key?: string }): FieldError[] {
  const found = invalids(`${field}.name`, name, dns1123Subdomain(name))
  return [...found, ...(key ? invalids(`${field}.key`, key, configKey(key)) : [required(`${field}.key`)])]
}

/** That sources are counted where the list stands, not where the source does, is upstream's. */
function validateSource(list: string, { prefix = '', configMapRef, secretRef }: EnvFromSource, index: number): FieldError[] {
  const field = `${list}[${index}]`
  const found = prefix === '' ? [] : invalids(`${field}.prefix`, prefix, environmentName(prefix))
  for (const [place, source] of Object.entries({ configMapRef, secretRef })) {
    if (source) found.push(...validateObjectName(`${field}.${place}.name`, source.name))
  }
  if (!configMapRef && !secretRef) found.push(invalid(list, '', 'must specify one of: `configMapRef` or `secretRef`'))
  if (configMapRef && secretRef) found.push(invalid(list, '', 'may not have more than one field specified at a time'))
  return found
}

/** The name of another object; it may be the prefix of one, and end in a dash. */
const validateObjectName = (field: string, name = ''): FieldError[] =>
  name === '' ? [required(field)] : invalids(field, name, dns1123Subdomain(name.replace(/(?<=.)-$/, 'a')))

/** The fields of a Pod that a variable can hold. */
const OF_ENVIRONMENT = ['metadata.name', 'metadata.namespace', 'metadata.uid', 'spec.nodeName', 'spec.serviceAccountName', 'status.hostIP', 'status.hostIPs', 'status.podIP', 'status.podIPs'] // prettier-ignore
/** The fields of a Pod that a file can hold. */
export const OF_FILES = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid']
/** The fields that have a name in the API at all, as upstream's `ConvertDownwardAPIFieldLabel` has it. */
const KNOWN = new Set([...OF_ENVIRONMENT, ...OF_FILES, 'spec.restartPolicy', 'spec.schedulerName', 'status.phase', 'spec.host'])

/** `metadata.labels['app']` */
const SUBSCRIPT = /^([^[]+)\['(.*)'\]$/

/** As upstream's `validateObjectFieldSelector`. */
export function validateFieldRef(field: string, given: ObjectFieldSelector, allowed: readonly string[]): FieldError[] {
  const { apiVersion = '', fieldPath = '' } = given as Written<ObjectFieldSelector>
  if (apiVersion === '') return [required(`${field}.apiVersion`)]
  const place = `${field}.fieldPath`
  if (fieldPath === '') return [required(place)]
  const unreadable = (why: string): FieldError[] => [invalid(place, fieldPath, `error converting fieldPath: ${why}`)]
  if (apiVersion !== 'v1') return unreadable(`unsupported pod version: ${apiVersion}`)
  const [, path, subscript = ''] = SUBSCRIPT.exec(fieldPath) ?? []
  if (path === 'metadata.annotations') return invalids(field, subscript.toLowerCase(), qualifiedName(subscript.toLowerCase()))
  if (path === 'metadata.labels') return invalids(field, subscript, qualifiedName(subscript))
  if (path !== undefined) return unreadable(`field label does not support subscript: ${fieldPath}`)
  if (!KNOWN.has(fieldPath)) return unreadable(`field label not supported: ${fieldPath}`)
  const known = fieldPath === 'spec.host' ? 'spec.nodeName' : fieldPath
  return allowed.includes(known) ? [] : [notSupported(place, known, allowed)]
}

const AMOUNTS = ['limits.cpu', 'limits.ephemeral-storage', 'limits.memory', 'requests.cpu', 'requests.ephemeral-storage', 'requests.memory'] // prettier-ignore
const SIZES = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei']
const SIZED = { memory: 'memory', 'ephemeral-storage': 'local ephemeral storage' } as const

/** As upstream's `validateContainerResourceFieldSelector`; `named`: outside of a container it must be said which one is meant. */
export function validateResourceRef(field: string, ref: ResourceFieldSelector, { named }: { named: boolean }): FieldError[] {
  const { containerName = '', resource = '', divisor } = ref as Written<ResourceFieldSelector>
  const found: FieldError[] = []
  if (named && containerName === '') found.push(required(`${field}.containerName`))
  else if (resource === '') found.push(required(`${field}.resource`))
  else if (!AMOUNTS.includes(resource) && !/^(?:limits|requests)\.hugepages-/.test(resource)) {
    found.push(notSupported(`${field}.resource`, resource, AMOUNTS))
  }
  const unit = canonicalQuantity(divisor ?? '0') ?? '0'
  return unit === '0' ? found : [...found, ...validateDivisor(`${field}.divisor`, resource, unit)]
}

function validateDivisor(field: string, resource: string, unit: string): FieldError[] {
  const [, name = ''] = /^(?:limits|requests)\.(.*)$/.exec(resource) ?? []
  if (name === 'cpu') {
    const rule = "only divisor's values 1m and 1 are supported with the cpu resource"
    return unit === '1m' || unit === '1' ? [] : [invalid(field, resource, rule)]
  }
  const called = name.startsWith('hugepages-') ? 'hugepages' : SIZED[name as keyof typeof SIZED]
  if (called === undefined || SIZES.includes(unit)) return []
  return [invalid(field, resource, `only divisor's values ${SIZES.join(', ')} are supported with the ${called} resource`)]
}
