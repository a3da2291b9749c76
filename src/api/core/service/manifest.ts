/** For tests: what becomes of a manifest on its way to validation. */
import type { Service, ServiceSpec } from '../../generated/types.gen.ts'
import { fieldErrorText } from '../../field.ts'
import { validateMetadata } from '../../metadata.ts'
import type { Draft } from '../../object.ts'
import { setServiceDefaults } from './defaults.ts'
import { service as kind } from './kind.ts'
import { prepareForCreate, prepareForUpdate } from './strategy.ts'

export interface Manifest {
  readonly name?: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
  /** Anything a user may write; `{ ports: [{ port: 80 }] }` is put in front. */
  readonly spec?: object
  readonly status?: object
}

/** The Service as the API server hands it to validation: with defaults, and with the address that allocation gives it. */
export function written({ name = 'web', annotations, labels, spec = {}, status }: Manifest, old?: Service): Service {
  const draft = structuredClone({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', ...(annotations && { annotations }), ...(labels && { labels }) },
    spec: { ports: [{ port: 80 }], ...spec },
  }) as Draft<Service>
  setServiceDefaults(draft)
  if (old) prepareForUpdate(draft, old, '')
  else prepareForCreate(draft)
  allocate(draft.spec as Draft<ServiceSpec>, old?.spec)
  if (status) draft.status = status as Draft<Service['status']>
  return draft as Service
}

/** As much of the API server's allocation as validation looks at: what was had is kept, what is missing is given. */
function allocate(spec: Draft<ServiceSpec>, was: ServiceSpec = {}): void {
  if (spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local') {
    spec.healthCheckNodePort ??= was.healthCheckNodePort ?? 30999
  }
  if (spec.clusterIP) spec.clusterIPs ??= [spec.clusterIP]
  if (spec.clusterIPs || spec.type === 'ExternalName') return
  spec.clusterIP = was.clusterIP ?? '10.96.0.7'
  spec.clusterIPs = [...(was.clusterIPs ?? [spec.clusterIP])]
  spec.ipFamilies ??= ['IPv4']
  spec.ipFamilyPolicy ??= 'SingleStack'
}

/** Everything the API server would say about a new Service, as kubectl prints it. */
export function complaints(manifest: Manifest): string[] {
  const object = written(manifest)
  return [...validateMetadata(object, kind), ...(kind.validate?.(object) ?? [])].map(fieldErrorText)
}

/** Everything it would say about the change from one manifest to another. */
export function complaintsOfUpdate(before: Manifest, after: Manifest): string[] {
  const old = written(before)
  const now = written(after, old)
  return [...(kind.validateUpdate?.(now, old) ?? []), ...(kind.validate?.(now, old) ?? [])].map(fieldErrorText)
}
