import { folderAt } from '../files/folder.ts'

export interface ApiServerFlags {
  /** A folder with a `pki` folder in it, as `up` makes one; the store is kept beside it. */
  readonly data: string
  readonly listen: string
  readonly port: number
  /** What the Service `kubernetes` leads to. */
  readonly advertiseAddress: string
  /** One range, or one of each family with a comma between. */
  readonly serviceCidr: string
}

/** The API server in a process of its own. */
export async function runApiServerAlone(flags: ApiServerFlags, signal: AbortSignal): Promise<void> {
  const { openApiServer } = await import('../processes/open-apiserver.ts')
  const advertise = { address: flags.advertiseAddress, port: flags.port }
  const serviceCIDRs = flags.serviceCidr.split(',')
  const { server, store, tls } = await openApiServer({ folder: folderAt(flags.data), advertise, serviceCIDRs })
  await server.listen({ host: flags.listen, port: flags.port }, tls)
  await server.run(signal)
  await server.close()
  await store.close()
}
