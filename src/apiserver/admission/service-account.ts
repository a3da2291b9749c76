import type { Pod, ServiceAccount, Volume } from '../../api/index.ts'
import type { Draft } from '../api.ts'
import type { Core } from '../registry/core.ts'
import { generateName } from '../registry/names.ts'
import type { Admit } from './admit.ts'
import { refusal } from './refuse.ts'

const DEFAULT = 'default'
const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount'
const VOLUME = 'kube-api-access-'
/** An hour, and seven seconds by which the server knows that nobody asked for just this. */
const EXPIRATION = 3607
/** 0644 */
const MODE = 0o644
/** How long a new namespace may take to get its account. Milliseconds. */
const PATIENCE = 2_000

/**
 * Each Pod is somebody, and finds in a folder what it needs to say so to the API server: upstream's plugin
 * `ServiceAccount`.
 */
export const giveServiceAccount: Admit = async (admitting) => {
  const { core, object, old } = admitting
  const pod = object as Draft<Pod>
  if (old || !pod.spec || !core.admitsServiceAccounts) return
  const { spec } = pod
  spec.serviceAccountName ||= DEFAULT
  spec.serviceAccount = spec.serviceAccountName
  const { namespace = '' } = pod.metadata
  const account = await accountOf(core, namespace, spec.serviceAccountName)
  if (!account) {
    const name = spec.serviceAccountName
    throw refusal(admitting, `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`)
  }
  if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) mountToken(core, spec)
  if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length) {
    spec.imagePullSecrets = account.imagePullSecrets as Draft<typeof account.imagePullSecrets>
  }
}

/** The default account of a new namespace is on its way, so that one is waited for. */
async function accountOf(core: Core, namespace: string, name: string): Promise<ServiceAccount | undefined> {
  const key = `//serviceaccounts/${namespace}/${name}`
  const found = core.store.get(key) ?? (name === DEFAULT && (await appeared(core, key)) ? core.store.get(key) : undefined)
  return found && (JSON.parse(found.value.toString()) as ServiceAccount)
}

function appeared(core: Core, key: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const unwatch = core.store.watch(key, core.store.revision, () => resolve(true))
  const timer = setTimeout(() => resolve(false), PATIENCE)
  return promise.finally(() => {
    clearTimeout(timer)
    unwatch()
  })
}

type PodSpec = NonNullable<Draft<Pod>['spec']>

function mountToken(core: Core, spec: PodSpec): void {
  const volumes = spec.volumes ?? []
  const known = volumes.find(({ name }) => name.startsWith(VOLUME))
  const name = known?.name ?? generateName(VOLUME, core.random)
  const mount = { name, readOnly: true, mountPath: MOUNT_PATH }
  let used = false
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    const mounts = (container.volumeMounts ??= [])
    if (mounts.some(({ mountPath }) => mountPath === MOUNT_PATH)) continue
    mounts.push({ ...mount })
    used = true
  }
  if (used && !known) spec.volumes = [...volumes, tokenVolume(name)]
}

const tokenVolume = (name: string): Draft<Volume> => ({
  name,
  projected: {
    defaultMode: MODE,
    sources: [
      { serviceAccountToken: { path: 'token', expirationSeconds: EXPIRATION } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
    ],
  },
})
