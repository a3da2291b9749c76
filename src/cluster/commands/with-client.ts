import { accessOf, type Client, connectHttp2, createClient } from '../../client/index.ts'
import { PortolanError } from '../../lib/index.ts'
import { folderAt, readRunning } from '../files/folder.ts'
import { adminKubeconfig } from '../files/pki.ts'

/** Does something as the cluster's administrator, over a connection of its own. Throws NotRunning. */
export async function withClient<T>(root: string, work: (client: Client) => Promise<T>): Promise<T> {
  const folder = folderAt(root)
  if (!readRunning(folder)) throw new PortolanError('NotRunning', 'the cluster is not running; start it with portolan up')
  const connection = connectHttp2(accessOf(adminKubeconfig(folder)))
  try {
    return await work(createClient(connection.handler, { userAgent: 'portolan' }))
  } finally {
    connection.close()
  }
}
