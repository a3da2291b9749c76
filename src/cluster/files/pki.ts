import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ClusterAccess, printKubeconfig, withContext } from '../../client/index.ts'
import type { Authority, KeyPair } from './certificates.ts'
import { type ClusterFolder, writeSecret } from './folder.ts'
import { addressesOf, controlPlaneIP, kubernetesIP } from '../addresses.ts'
import { API_PORT, CLUSTER_DOMAIN, type ClusterSpec, contextName, type NodeSpec } from '../spec.ts'

/** What the node's process may do: a kubelet's rights, and those of the service proxy and DNS that live with it. */
const NODE_GROUPS = ['system:nodes', 'system:authenticated', 'portolan:node-components']

export const readPair = (folder: ClusterFolder, name: string): KeyPair => ({
  certificate: readFileSync(join(folder.pki, `${name}.crt`), 'utf8'),
  key: readFileSync(join(folder.pki, `${name}.key`), 'utf8'),
})

function writePair(folder: ClusterFolder, name: string, pair: KeyPair): void {
  writeSecret(join(folder.pki, `${name}.crt`), pair.certificate)
  writeSecret(join(folder.pki, `${name}.key`), pair.key)
}

/** Certificate names in the pki folder. */
export const AUTHORITY = 'ca'
export const API_SERVER = 'apiserver'
export const KUBELET_CLIENT = 'apiserver-kubelet-client'
export const kubeletPair = (node: string): string => `kubelet-${node}`
/** Signs the tokens of service accounts, which stay good as long as this key does. */
const serviceAccountKeyFile = (folder: ClusterFolder): string => join(folder.pki, 'sa.key')
export const readServiceAccountKey = (folder: ClusterFolder): string => readFileSync(serviceAccountKeyFile(folder), 'utf8')
/** Kubeconfig files: the administrator's from the host, and a node's from inside the bubble. */
export const adminKubeconfig = (folder: ClusterFolder): string => join(folder.kubeconfigs, 'admin.conf')
export const nodeKubeconfig = (folder: ClusterFolder, node: string): string => join(folder.kubeconfigs, `${node}.conf`)

/**
 * Makes every certificate and kubeconfig file of a cluster. The authority of an earlier life is kept, so that kubeconfig
 * files that users copied stay good; everything else is issued anew.
 */
export async function makePki(folder: ClusterFolder, spec: ClusterSpec, now: number): Promise<ClusterAccess> {
  const { createAuthority, createSigningKey, loadAuthority } = await import('./certificates.ts')
  const known = tryRead(folder, AUTHORITY)
  const authority = known ? await loadAuthority(known, now) : await createAuthority(now)
  if (!known) writePair(folder, AUTHORITY, authority)
  if (!existsSync(serviceAccountKeyFile(folder))) writeSecret(serviceAccountKeyFile(folder), await createSigningKey())
  const issue = async (name: string, request: Parameters<typeof authority.issue>[0]): Promise<KeyPair> => {
    const pair = await authority.issue(request)
    writePair(folder, name, pair)
    return pair
  }
  await issue(API_SERVER, { commonName: 'kube-apiserver', hosts: apiServerHosts(spec) })
  await issue(KUBELET_CLIENT, { commonName: 'kube-apiserver-kubelet-client', organizations: ['system:masters'] })
  for (const node of spec.nodes) await issueNode({ folder, spec, authority }, node)
  const admin = await authority.issue({ commonName: 'kubernetes-admin', organizations: ['system:masters'] })
  const outside = accessAs(admin, `https://127.0.0.1:${spec.port}`, authority)
  writeSecret(adminKubeconfig(folder), printKubeconfig(withContext({}, contextName(spec.name), outside)))
  return outside
}

/** A node's serving certificate and its kubeconfig file, for a node that comes to a cluster which has the rest. */
export async function makeNodePki(folder: ClusterFolder, spec: ClusterSpec, node: NodeSpec, now: number): Promise<void> {
  const { loadAuthority } = await import('./certificates.ts')
  await issueNode({ folder, spec, authority: await loadAuthority(readPair(folder, AUTHORITY), now) }, node)
}

interface Issuing {
  readonly folder: ClusterFolder
  readonly spec: ClusterSpec
  readonly authority: Authority
}

async function issueNode({ folder, spec, authority }: Issuing, { name, ip }: NodeSpec): Promise<void> {
  const commonName = `system:node:${name}`
  const hosts = [name, ...addressesOf(spec, ip)]
  writePair(folder, kubeletPair(name), await authority.issue({ commonName, organizations: ['system:nodes'], hosts }))
  const client = await authority.issue({ commonName, organizations: NODE_GROUPS })
  const access = accessAs(client, `https://${controlPlaneIP(spec)}:${API_PORT}`, authority)
  writeSecret(nodeKubeconfig(folder, name), printKubeconfig(withContext({}, contextName(spec.name), access)))
}

const accessAs = ({ certificate, key }: KeyPair, server: string, authority: Authority): ClusterAccess => ({
  server,
  ca: authority.certificate,
  cert: certificate,
  key,
})

/** Every name and address by which Pods, nodes and the host call the API server. */
const apiServerHosts = (spec: ClusterSpec): string[] => [
  'localhost',
  '127.0.0.1',
  controlPlaneIP(spec),
  kubernetesIP(spec),
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  `kubernetes.default.svc.${CLUSTER_DOMAIN}`,
]

function tryRead(folder: ClusterFolder, name: string): KeyPair | undefined {
  try {
    return readPair(folder, name)
  } catch {
    return undefined
  }
}
