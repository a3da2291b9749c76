import { API_SERVER, AUTHORITY, readPair } from './pki.ts'
import { folderAt } from './folder.ts'
import { createLogger, systemClock } from '../lib/index.ts'

export interface ApiServerFlags {
  /** A folder with a `pki` folder in it, as `up` makes one; the store is kept beside it. */
  readonly data: string
  readonly listen: string
  readonly port: number
  /** What the Service `kubernetes` leads to. */
  readonly advertiseAddress: string
  readonly serviceCidr: string
}

/** The API server in a process of its own. */
export async function runApiServerAlone(flags: ApiServerFlags, signal: AbortSignal): Promise<void> {
  const [{ bootstrapAuthorizer, createApiServer, systemRandom }, { openSqliteStore }, { kinds }] = await Promise.all([
    import('../apiserver/index.ts'),
    import('../store/index.ts'),
    import('../api/kinds/index.ts'),
  ])
  const folder = folderAt(flags.data)
  const store = await openSqliteStore(folder.store)
  const server = await createApiServer({
    store,
    kinds,
    clock: systemClock,
    log: createLogger('apiserver'),
    random: systemRandom,
    serviceCIDRs: [flags.serviceCidr],
    nodePortRange: { from: 30_000, to: 32_767 },
    advertise: { address: flags.advertiseAddress, port: flags.port },
    authorizer: bootstrapAuthorizer,
  })
  const tls = { ...readPair(folder, API_SERVER), clientAuthority: readPair(folder, AUTHORITY).certificate }
  await server.listen({ host: flags.listen, port: flags.port }, tls)
  await server.run(signal)
  await server.close()
  await store.close()
}
