import { kinds } from '../../api/kinds/index.ts'
import { type ApiServer, bootstrapAuthorizer, createApiServer, type ServerTls, systemRandom } from '../../apiserver/index.ts'
import { createLogger, systemClock } from '../../lib/index.ts'
import { openSqliteStore, type Store } from '../../store/index.ts'
import type { ClusterFolder } from '../files/folder.ts'
import { API_SERVER, AUTHORITY, KUBELET_CLIENT, readPair, readServiceAccountKey } from '../files/pki.ts'

const NODE_PORTS = { from: 30_000, to: 32_767 } as const

export interface OpenApiServerOptions {
  readonly folder: ClusterFolder
  /** What the Service `kubernetes` leads to. */
  readonly advertise: { readonly address: string; readonly port: number }
  readonly serviceCIDRs: readonly string[]
}

export interface OpenApiServer {
  readonly server: ApiServer
  /** To be closed after the server. */
  readonly store: Store
  /** What it shows to clients, and whom it knows. */
  readonly tls: ServerTls
}

/** The API server over the store and the certificates of a cluster's folder; it doesn't listen yet. */
export async function openApiServer({ folder, advertise, serviceCIDRs }: OpenApiServerOptions): Promise<OpenApiServer> {
  const store = await openSqliteStore(folder.store)
  const authority = readPair(folder, AUTHORITY).certificate
  const server = await createApiServer({
    store,
    kinds,
    clock: systemClock,
    log: createLogger('apiserver'),
    random: systemRandom,
    serviceCIDRs,
    nodePortRange: NODE_PORTS,
    advertise,
    authorizer: bootstrapAuthorizer,
    serviceAccountKey: readServiceAccountKey(folder),
    admitServiceAccounts: true,
    kubelet: { ...readPair(folder, KUBELET_CLIENT), authority },
  })
  return { server, store, tls: { ...readPair(folder, API_SERVER), clientAuthority: authority } }
}
