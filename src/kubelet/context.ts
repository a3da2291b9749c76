import { configMaps, type Pod, secrets, serviceAccounts } from '../api/index.ts'
import type { Client, Recorder } from '../client/index.ts'
import type { Allocatable } from './container/resource-field.ts'
import type { Pressure } from './eviction/pressure.ts'
import type { Layout } from './layout.ts'
import type { Addresses } from './network/addresses.ts'
import type { HostPortTable } from './network/host-port-table.ts'
import type { KubeletOptions } from './options.ts'
import type { Reads } from './reads.ts'
import type { PodCgroups } from './sandbox/pod-cgroups.ts'
import type { VolumeSources } from './volumes/sources.ts'
import { isOld, type Token, type Tokens } from './volumes/tokens.ts'

/** What everything that works on Pods works with. */
export interface KubeletContext extends KubeletOptions {
  readonly layout: Layout
  readonly addresses: Addresses
  readonly hostPorts: HostPortTable
  readonly cgroups: PodCgroups
  readonly pressure: Pressure
  readonly recorder: Recorder
  readonly reads: Reads
  /** What the node has for all of its Pods. */
  readonly allocatable: Allocatable
  /** Whether the machine's kernel enforces profiles of AppArmor. */
  readonly appArmor: boolean
  /** The machine's, bytes. */
  readonly memory: number
}

export interface SourceOptions {
  readonly podIPs: readonly string[]
  /** Those that the Pod has; new ones are put there. */
  readonly tokens?: Tokens
  /** How old ConfigMaps and Secrets may be, milliseconds; 0, as they are now, when left out. */
  readonly maxAge?: number
}

/** ConfigMaps, Secrets and tokens for one Pod, read from the API when asked for. */
export function sourcesOf(
  context: KubeletContext,
  pod: Pod,
  { podIPs, tokens = new Map(), maxAge = 0 }: SourceOptions,
): VolumeSources {
  const { nodeIPs, reads, allocatable, clock } = context
  const { namespace } = pod.metadata
  return {
    podIPs,
    hostIPs: nodeIPs,
    allocatable,
    configMap: (name) => reads.get(configMaps, { namespace, name, maxAge }),
    secret: (name) => reads.get(secrets, { namespace, name, maxAge }),
    async token(audience, expirationSeconds) {
      const key = `${expirationSeconds}/${audience ?? ''}`
      const known = tokens.get(key)
      if (known && !isOld(known, clock.now())) return known.text
      const token = await requestToken(context, pod, { audience, expirationSeconds })
      tokens.set(key, token)
      return token.text
    },
  }
}

interface TokenWish {
  readonly audience: string | undefined
  readonly expirationSeconds: number
}

interface TokenAnswer {
  readonly status?: { readonly token?: string; readonly expirationTimestamp?: string }
}

async function requestToken(
  { client, clock }: { readonly client: Client; readonly clock: KubeletContext['clock'] },
  pod: Pod,
  { audience, expirationSeconds }: TokenWish,
): Promise<Token> {
  const { namespace, name, uid } = pod.metadata
  const account = { namespace, name: pod.spec?.serviceAccountName || 'default', subresource: 'token' }
  const requestedAt = clock.now()
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
  const { token = '', expirationTimestamp } = (answer as TokenAnswer).status ?? {}
  const expiresAt = expirationTimestamp === undefined ? requestedAt + expirationSeconds * 1000 : Date.parse(expirationTimestamp)
  return { text: token, requestedAt, expiresAt }
}
