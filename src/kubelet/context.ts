import {
  type ConfigMap,
  configMaps,
  type KubeObject,
  type Pod,
  type Resource,
  type Secret,
  secrets,
  serviceAccounts,
} from '../api/index.ts'
import { type Client, isNotFound, type Recorder } from '../client/index.ts'
import type { Layout } from './layout.ts'
import type { Addresses } from './network/addresses.ts'
import type { HostPortTable } from './network/host-port-table.ts'
import type { KubeletOptions } from './options.ts'
import type { VolumeSources } from './volumes/sources.ts'

/** What everything that works on Pods works with. */
export interface KubeletContext extends KubeletOptions {
  readonly layout: Layout
  readonly addresses: Addresses
  readonly hostPorts: HostPortTable
  readonly recorder: Recorder
}

const find = async <T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  pod: Pod,
  name: string,
): Promise<T | undefined> => {
  try {
    return await client.get(resource, { namespace: pod.metadata.namespace, name })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** ConfigMaps, Secrets and tokens for one Pod, read from the API when asked for. */
export function sourcesOf({ client, nodeIP }: KubeletContext, pod: Pod, podIP: string): VolumeSources {
  return {
    podIP,
    hostIP: nodeIP,
    configMap: (name): Promise<ConfigMap | undefined> => find(client, configMaps, pod, name),
    secret: (name): Promise<Secret | undefined> => find(client, secrets, pod, name),
    token: (audience, expirationSeconds) => requestToken(client, pod, { audience, expirationSeconds }),
  }
}

interface TokenWish {
  readonly audience: string | undefined
  readonly expirationSeconds: number
}

async function requestToken(client: Client, pod: Pod, { audience, expirationSeconds }: TokenWish): Promise<string> {
  const { namespace, name, uid } = pod.metadata
  const account = { namespace, name: pod.spec?.serviceAccountName || 'default', subresource: 'token' }
  const answer = await client.createSubresource(serviceAccounts, account, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: {},
    spec: {
      audiences: audience === undefined ? [] : [audience],
      expirationSeconds,
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
    },
  })
  return (answer as { readonly status?: { readonly token?: string } }).status?.token ?? ''
}
