import type { Endpoints, EndpointSlice, Service } from '../../api/index.ts'
import { addressAt, familyOf, parseRange } from '../allocation/range.ts'
import type { Draft, Kind, KubeObject } from '../api.ts'
import { noSuchResource } from '../http/status-error.ts'
import type { ApiServerOptions } from '../options.ts'
import type { Core } from '../registry/core.ts'
import { createObject } from '../registry/create.ts'
import { decode } from '../registry/encode.ts'
import { storeKey } from '../registry/location.ts'
import { updateObject } from '../registry/update.ts'
import { Warnings } from '../registry/warnings.ts'

const NAME = { name: 'kubernetes', namespace: 'default' }
const LABELS = { component: 'apiserver', provider: 'kubernetes' }
/** What Pods connect to, whatever port the server listens on. */
const PORT = 443
/** The other controllers leave slices and Endpoints with these alone. */
const SLICE_LABELS = { 'kubernetes.io/service-name': 'kubernetes' }
const MIRROR_LABELS = { 'endpointslice.kubernetes.io/skip-mirror': 'true' }

/**
 * The Service by which Pods find this server, with the first address of the first range, and what it leads to. Made when
 * it isn't there, mended when it isn't right. As upstream's `pkg/controlplane/controller/kubernetesservice` and
 * `pkg/controlplane/reconcilers`.
 */
export async function keepKubernetesService(core: Core, options: ApiServerOptions): Promise<void> {
  await keep(core, service(options))
  await keep(core, endpoints(options))
  await keep(core, slice(options))
}

function service({ serviceCIDRs, advertise }: ApiServerOptions): Service {
  const clusterIP = addressAt(parseRange(serviceCIDRs[0] ?? ''), 0n)
  return {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: { ...NAME, labels: LABELS },
    spec: {
      clusterIP,
      clusterIPs: [clusterIP],
      ipFamilyPolicy: 'SingleStack',
      ipFamilies: [familyOf(clusterIP)],
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ports: [{ name: 'https', port: PORT, protocol: 'TCP', targetPort: advertise.port }],
    },
  }
}

const endpoints = ({ advertise }: ApiServerOptions): Endpoints => ({
  kind: 'Endpoints',
  apiVersion: 'v1',
  metadata: { ...NAME, labels: MIRROR_LABELS },
  subsets: [{ addresses: [{ ip: advertise.address }], ports: [{ name: 'https', port: advertise.port, protocol: 'TCP' }] }],
})

const slice = ({ advertise }: ApiServerOptions): EndpointSlice => ({
  kind: 'EndpointSlice',
  apiVersion: 'discovery.k8s.io/v1',
  metadata: { ...NAME, labels: SLICE_LABELS },
  addressType: familyOf(advertise.address),
  endpoints: [{ addresses: [advertise.address], conditions: { ready: true } }],
  ports: [{ name: 'https', port: advertise.port, protocol: 'TCP' }],
})

/** Writes what is `wanted` over what is there; nothing when that is what is there. */
async function keep(core: Core, wanted: KubeObject): Promise<void> {
  const kind = kindOf(core, wanted)
  const location = { kind, ...NAME }
  const options = { dryRun: false, warnings: new Warnings() }
  const entry = core.store.get(storeKey(location))
  if (!entry) return void (await createObject(core, kind, draft(wanted), options))
  const change = (old: KubeObject | undefined): Draft<KubeObject> =>
    ({
      ...decodeOr(old, kind, entry.value),
      ...draft(wanted),
      metadata: { ...old?.metadata, ...wanted.metadata },
    }) as Draft<KubeObject>
  await updateObject(core, location, { subresource: '', change }, options)
}

const decodeOr = (old: KubeObject | undefined, kind: Kind, bytes: Buffer): KubeObject => old ?? decode(kind, bytes)

const draft = (object: KubeObject): Draft<KubeObject> => structuredClone(object) as Draft<KubeObject>

function kindOf(core: Core, { kind, apiVersion }: KubeObject): Kind {
  const found = core.kinds.all.find((candidate) => candidate.kind === kind && apiVersion.endsWith(candidate.version))
  if (!found) throw noSuchResource()
  return found
}
