import { readFileSync } from 'node:fs'
import { corefileSettings, type DnsSettings } from '../../dns/index.ts'
import { type Logger, messageOf } from '../../lib/index.ts'
import type { ClusterFolder } from '../files/folder.ts'
import { HOST_RESOLVER } from '../bubble/way-out.ts'
import { hostIP } from '../addresses.ts'
import { CLUSTER_DOMAIN, type ClusterSpec, type NodeSpec } from '../spec.ts'

const METRICS_PORT = 9153

/** As long as there is no Corefile: the host's resolver is asked for other names, and nobody where there is no way out. */
const usual = ({ wayOut }: ClusterSpec) => ({ ttl: 5, forwarders: wayOut ? [HOST_RESOLVER] : [], podNames: 'insecure' }) as const

interface DnsFacts {
  readonly folder: ClusterFolder
  readonly spec: ClusterSpec
  readonly log: Logger
}

/**
 * How a node answers names: at its own address, with what the Corefile in the cluster's folder says, if there is one. One that
 * can't be understood is logged and passed over, for without names nothing on the node would work.
 */
export function dnsOptions({ name, ip }: NodeSpec, { folder, spec, log }: DnsFacts): DnsSettings {
  const settings = fromCorefile(folder.corefile, log) ?? usual(spec)
  return {
    ...settings,
    listen: [{ address: ip, port: 53 }],
    metrics: { address: ip, port: METRICS_PORT },
    clusterDomain: CLUSTER_DOMAIN,
    haveOthers: [`${hostIP(spec)}/32`],
    // a node is asked by its own Pods, which its kubelet watches anyway
    ...('autopath' in settings && settings.autopath
      ? { autopath: { ...settings.autopath, fieldSelector: `spec.nodeName=${name}` } }
      : {}),
  }
}

function fromCorefile(file: string, log: Logger) {
  try {
    const readFile = (path: string): string => readFileSync(path, 'utf8')
    return corefileSettings(readFile(file), { environment: process.env, readFile })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT'))
      log.error({ file, error: messageOf(error) }, 'the Corefile is not used')
    return undefined
  }
}
