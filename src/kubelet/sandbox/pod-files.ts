import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pod } from '../../api/index.ts'
import type { Mount } from '../container/config.ts'
import type { KubeletContext } from '../context.ts'
import { fqdnOf, hostnameOf, hostNetworkHostsFile, hostsFile } from '../files/hosts.ts'
import { parseResolvConf, podResolvConf, printResolvConf } from '../files/resolv-conf.ts'
import { bindMount } from '../volumes/mounts.ts'

const FILES = ['hosts', 'hostname', 'resolv.conf'] as const

/** The name that programs in the Pod see. */
export function podHostname(pod: Pod, { clusterDomain, nodeName }: KubeletContext): string {
  if (pod.spec?.hostNetwork) return nodeName
  return (pod.spec?.setHostnameAsFQDN ? fqdnOf(pod, clusterDomain) : undefined) ?? hostnameOf(pod)
}

/** Writes the files below /etc that tell a Pod's containers who they are and whom to ask. */
export async function writePodFiles(pod: Pod, addresses: readonly string[], context: KubeletContext): Promise<void> {
  const { layout, clusterDNS, clusterDomain } = context
  const folder = layout.pod(pod.metadata.uid ?? '')
  const node = parseResolvConf(await readFile('/etc/resolv.conf', 'utf8').catch(() => ''))
  const contents: Record<(typeof FILES)[number], string> = {
    hosts: pod.spec?.hostNetwork
      ? hostNetworkHostsFile(pod, await readFile('/etc/hosts', 'utf8').catch(() => ''))
      : hostsFile(pod, { addresses, clusterDomain }),
    hostname: `${podHostname(pod, context)}\n`,
    'resolv.conf': printResolvConf(podResolvConf(pod, { clusterDNS, clusterDomain, node })),
  }
  await mkdir(folder, { recursive: true })
  await Promise.all(FILES.map((name) => writeFile(join(folder, name), contents[name])))
}

export const podFileMounts = (pod: Pod, { layout }: KubeletContext): Mount[] =>
  FILES.map((name) => bindMount(join(layout.pod(pod.metadata.uid ?? ''), name), `/etc/${name}`))
