import { after, before, suite, test } from 'node:test'
import { RELEASES } from './kubectl.ts'
import { tryKubectl } from './server.ts'
import type { Tried } from './server.ts'

const MANIFEST = `
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, sessionAffinity: None, ports: [{port: 80, targetPort: 8080}]}
`

for (const release of RELEASES) {
  suite(`server-side apply of kubectl ${release}`, () => {
    let kubectl: Tried
    before(async () => {
      kubectl = await tryKubectl(release)
    })
    after(() => kubectl.close())

    test('apply, apply again, and see who owns what [SVC-3]', async () => {
      await kubectl.says('apply --server-side -f -', /service\/web serverside-applied/, MANIFEST)
      await kubectl.says('apply --server-side -f -', /service\/web serverside-applied/, MANIFEST)
      await kubectl.says(
        'get svc web -o yaml --show-managed-fields',
        /f:targetPort: \{\}\n[^]*manager: kubectl\n +operation: Apply/,
      )
      await kubectl.says('apply --server-side --dry-run=server -f -', /serverside-applied \(server dry run\)/, MANIFEST)
      await kubectl.says('diff --server-side -f -', /^$/, MANIFEST)
    })

    test('a conflict names the field and the manager, and can be forced [SVC-3]', async () => {
      const other = MANIFEST.replace('None', 'ClientIP')
      await kubectl.refuses(
        'apply --server-side --field-manager=other -f -',
        /Apply failed with 1 conflict: conflict with "kubectl": .spec.sessionAffinity\nPlease review the fields above/,
        other,
      )
      await kubectl.says('apply --server-side --field-manager=other --force-conflicts -f -', /serverside-applied/, other)
      await kubectl.says('get svc web -o jsonpath={.spec.sessionAffinity}', /^ClientIP$/)
    })

    test('an object of client-side apply moves to the other kind without conflicts', async () => {
      const moved = MANIFEST.replace('web}\n', 'moved}\n')
      await kubectl.says('apply -f -', /service\/moved created/, moved)
      await kubectl.says('apply --server-side -f -', /service\/moved serverside-applied/, moved.replace('8080', '9090'))
      await kubectl.says('get svc moved -o jsonpath={.spec.ports[0].targetPort}', /^9090$/)
    })
  })
}
