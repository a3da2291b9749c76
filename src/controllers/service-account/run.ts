import { configMaps, namespaces, semanticEqual, serviceAccounts } from '../../api/index.ts'
import { createQueue, isAlreadyExists, isNamespaceGone } from '../../client/index.ts'
import type { ClusterFacts, ControllerContext } from '../context.ts'
import { ignoreOutdated } from '../outdated.ts'

const ROOT_CA = 'kube-root-ca.crt'
const DESCRIBES = 'kubernetes.io/description'
const DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.'

/** Gives every namespace the ServiceAccount `default` and the ConfigMap by which its Pods know the API server. */
export async function runServiceAccounts(
  { client, caches, clock, log }: ControllerContext,
  { rootCertificate }: ClusterFacts,
  signal: AbortSignal,
): Promise<void> {
  const cache = caches.of(namespaces)
  const accounts = caches.of(serviceAccounts)
  const roots = caches.of(configMaps, { fieldSelector: `metadata.name=${ROOT_CA}` })
  await Promise.all([cache, accounts, roots].map((each) => each.whenSynced()))

  const data = { 'ca.crt': rootCertificate }
  const root = (namespace: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: ROOT_CA, namespace, annotations: { [DESCRIBES]: DESCRIPTION } },
    data,
  })
  const process = async (namespace: string): Promise<void> => {
    const active = cache.get(namespace)
    if (!active || active.metadata.deletionTimestamp) return
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } }
    if (!accounts.get(`${namespace}/default`)) await client.create(serviceAccounts, account, signal).catch(ignoreThere)
    const known = roots.get(`${namespace}/${ROOT_CA}`)
    if (!known) await client.create(configMaps, root(namespace), signal).catch(ignoreThere)
    else if (!semanticEqual(known.data, data) || !known.metadata.annotations?.[DESCRIBES]) {
      const annotations = { ...known.metadata.annotations, [DESCRIBES]: DESCRIPTION }
      const restored = { ...known, data, metadata: { ...known.metadata, annotations } }
      await client.update(configMaps, restored, signal).catch(ignoreOutdated)
    }
  }
  const queue = createQueue({ process, workers: 4, clock, log: log.child({ controller: 'service-account' }) }, signal)
  cache.onChange((after) => after && queue.add(after.metadata.name ?? ''))
  accounts.onChange(
    (after, before) => !after && before?.metadata.name === 'default' && queue.add(before.metadata.namespace ?? ''),
  )
  roots.onChange((after, before) => queue.add((after ?? before)?.metadata.namespace ?? ''))
}

function ignoreThere(error: unknown): void {
  if (!isAlreadyExists(error) && !isNamespaceGone(error)) throw error
}
