import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { dump, load } from 'js-yaml'
import { PortolanError } from '../lib/index.ts'
import type { ServerAccess } from './http2.ts'

interface ClusterEntry {
  name: string
  cluster?: Record<string, string | boolean | undefined>
}
interface UserEntry {
  name: string
  user?: Record<string, string | undefined>
}
interface ContextEntry {
  name: string
  context?: { cluster?: string; user?: string; namespace?: string }
}

/** A kubeconfig file as kubectl reads it; keys that Portolan doesn't know are kept. */
export interface Kubeconfig {
  apiVersion?: string
  kind?: string
  'current-context'?: string
  clusters?: ClusterEntry[]
  users?: UserEntry[]
  contexts?: ContextEntry[]
  [key: string]: unknown
}

/** What a cluster hands its first user. */
export interface ClusterAccess extends ServerAccess {
  readonly cert: string
  readonly key: string
}

/** The file kubectl would write to: the first of `$KUBECONFIG`, or `~/.kube/config`. */
export function defaultKubeconfigFile(environment: Readonly<Record<string, string | undefined>>): string {
  const first = environment['KUBECONFIG']?.split(':').find((file) => file !== '')
  return first ?? join(homedir(), '.kube', 'config')
}

/** An empty configuration where the file isn't there. Throws BadKubeconfig where it can't be read as one. */
export function readKubeconfig(file: string): Kubeconfig {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new PortolanError('BadKubeconfig', `can't read ${file}`, { cause: error })
  }
  try {
    const parsed = text.trim() === '' ? {} : load(text)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Kubeconfig
  } catch (error) {
    throw new PortolanError('BadKubeconfig', `${file} is not a kubeconfig`, { cause: error })
  }
  throw new PortolanError('BadKubeconfig', `${file} is not a kubeconfig: it holds no mapping`)
}

export const printKubeconfig = (config: Kubeconfig): string => dump(config, { lineWidth: -1 })

/** How to reach the cluster of `context`, or of the current one. Throws BadKubeconfig, naming what is missing. */
export function accessOf(file: string, context?: string): ServerAccess {
  const config = readKubeconfig(file)
  const name = context ?? config['current-context'] ?? ''
  const chosen = config.contexts?.find((entry) => entry.name === name)?.context
  if (!chosen) throw new PortolanError('BadKubeconfig', `${file} has no context "${name}"`)
  const cluster = config.clusters?.find((entry) => entry.name === chosen.cluster)?.cluster
  const user = config.users?.find((entry) => entry.name === chosen.user)?.user ?? {}
  if (!cluster?.['server']) throw new PortolanError('BadKubeconfig', `${file}: context "${name}" names no cluster with a server`)
  const here = dirname(resolve(file))
  return {
    server: String(cluster['server']),
    ca: pem(cluster, 'certificate-authority', here) ?? '',
    cert: pem(user, 'client-certificate', here),
    key: pem(user, 'client-key', here),
    token: user['token'],
    tlsServerName: cluster['tls-server-name'] as string | undefined,
  }
}

/** `certificate-authority-data` (base64) or the file that `certificate-authority` names, relative to the kubeconfig. */
function pem(entry: Readonly<Record<string, string | boolean | undefined>>, key: string, folder: string): string | undefined {
  const data = entry[`${key}-data`]
  if (typeof data === 'string') return Buffer.from(data, 'base64').toString('utf8')
  const file = entry[key]
  return typeof file === 'string' ? readFileSync(resolve(folder, file), 'utf8') : undefined
}

/** `config` with a cluster, user and context called `name`, made the current context. What else it holds stays. */
export function withContext(config: Kubeconfig, name: string, access: ClusterAccess): Kubeconfig {
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  const cluster = { server: access.server, 'certificate-authority-data': base64(access.ca) }
  const user = { 'client-certificate-data': base64(access.cert), 'client-key-data': base64(access.key) }
  const without = withoutContext(config, name)
  return {
    ...without,
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [...(without.clusters ?? []), { name, cluster }],
    users: [...(without.users ?? []), { name, user }],
    contexts: [...(without.contexts ?? []), { name, context: { cluster: name, user: name } }],
  }
}

/** `config` without the cluster, user and context called `name`; the current context is cleared if it was that one. */
export function withoutContext(config: Kubeconfig, name: string): Kubeconfig {
  const others = <Entry extends { name: string }>(entries: Entry[] | undefined): Entry[] =>
    (entries ?? []).filter((entry) => entry.name !== name)
  return {
    ...config,
    'current-context': config['current-context'] === name ? '' : config['current-context'],
    clusters: others(config.clusters),
    users: others(config.users),
    contexts: others(config.contexts),
  }
}
