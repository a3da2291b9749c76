import type { ConfigMap, Container, EnvFromSource, EnvVar, Pod, Secret } from '../../api/index.ts'
import { PortolanError } from '../../lib/index.ts'
import { expand } from './expand.ts'
import { fieldValue, type FieldFacts } from './field-ref.ts'
import { type Allocatable, resourceValue } from './resource-field.ts'
import type { Env } from './service-env.ts'

/** ConfigMaps and Secrets of the Pod's namespace, by name; undefined when there is none. */
export interface EnvSources extends FieldFacts {
  readonly configMap: (name: string) => ConfigMap | undefined
  readonly secret: (name: string) => Secret | undefined
  /** In the lowest place: what the image and the node set. */
  readonly base: Env
  /** What the node has, for limits that aren't set. */
  readonly allocatable: Allocatable
}

/** A container that can't be started as its spec says; the reason is upstream's CreateContainerConfigError. */
export class ConfigError extends PortolanError {
  constructor(message: string) {
    super('CreateContainerConfigError', message)
    this.name = 'ConfigError'
  }
}

/** A container's variables; throws a {@link ConfigError} for one that must be there and isn't. */
export function containerEnv(pod: Pod, container: Container, sources: EnvSources): Record<string, string> {
  const env: Record<string, string> = { ...sources.base }
  for (const from of container.envFrom ?? []) Object.assign(env, everyKey(pod, from, sources))
  for (const variable of container.env ?? []) {
    const value = variable.valueFrom ? valueFrom(pod, variable, { container, sources }) : expand(variable.value ?? '', env)
    if (value !== undefined) env[variable.name] = value
  }
  return env
}

function everyKey(
  pod: Pod,
  { prefix = '', configMapRef, secretRef }: EnvFromSource,
  sources: EnvSources,
): Record<string, string> {
  const ref = configMapRef ?? secretRef
  const name = ref?.name ?? ''
  const data = configMapRef ? sources.configMap(name)?.data : secretData(sources.secret(name))
  const found = configMapRef ? sources.configMap(name) : sources.secret(name)
  if (!found && !ref?.optional) throw new ConfigError(`${configMapRef ? 'configmap' : 'secret'} "${name}" not found`)
  return Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [prefix + key, value]))
}

function valueFrom(
  pod: Pod,
  { valueFrom: source }: EnvVar,
  { container, sources }: { readonly container: Container; readonly sources: EnvSources },
): string | undefined {
  if (source?.fieldRef) return fieldValue(pod, source.fieldRef.fieldPath, sources)
  if (source?.configMapKeyRef) {
    const { name = '', key, optional } = source.configMapKeyRef
    return keyOfKind('configmap', { name, key, optional, found: sources.configMap(name)?.data, pod })
  }
  if (source?.secretKeyRef) {
    const { name = '', key, optional } = source.secretKeyRef
    return keyOfKind('secret', { name, key, optional, found: secretData(sources.secret(name)), pod })
  }
  return source?.resourceFieldRef && resourceValue(pod, source.resourceFieldRef, { container, allocatable: sources.allocatable })
}

interface KeyFacts {
  readonly name: string
  readonly key: string
  readonly optional: boolean | undefined
  readonly found: Readonly<Record<string, string>> | undefined
  readonly pod: Pod
}

function keyOfKind(kind: 'configmap' | 'secret', { name, key, optional, found, pod }: KeyFacts): string | undefined {
  const value = found?.[key]
  if (value !== undefined || optional) return value
  if (!found) throw new ConfigError(`${kind} "${name}" not found`)
  const label = kind === 'secret' ? 'Secret' : 'ConfigMap'
  throw new ConfigError(`couldn't find key ${key} in ${label} ${pod.metadata.namespace}/${name}`)
}

/** A Secret's values, decoded. */
const secretData = (secret: Secret | undefined): Record<string, string> | undefined =>
  secret &&
  Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  )
