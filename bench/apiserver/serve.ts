/** An API server over a store in a temporary folder, for as long as its parent keeps the pipe open. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createApiServer } from '../../src/apiserver/index.ts'
import { testAuthority } from '../../src/apiserver/testing/certificates.ts'
import { testOptions } from '../../src/apiserver/testing/server.ts'
import { trimWhenIdle } from '../../src/kernel/index.ts'
import { openSqliteStore } from '../../src/store/index.ts'

const authority = await testAuthority()
const tls = await authority.server()
const store = await openSqliteStore(join(mkdtempSync(join(tmpdir(), 'portolan-bench-')), 'store.db'))
const server = await createApiServer(testOptions({ store }))
const { port } = await server.listen({ host: '127.0.0.1', port: 0 }, { ...tls, clientAuthority: authority.certificate })
process.send?.({ port, authority: authority.certificate, client: await authority.client('CN=bench, O=system:masters') })
// As the control plane's process does.
void trimWhenIdle((milliseconds) => delay(milliseconds))
process.on('message', () => process.send?.({ rss: process.memoryUsage.rss() }))
process.on('disconnect', () => process.exit())
