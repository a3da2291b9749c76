import { after, before, suite, test } from 'node:test'
import { RELEASES } from './kubectl.ts'
import { tryKubectl } from './server.ts'
import type { Tried } from './server.ts'

const LIST = `
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {selector: {app: a}, ports: [{port: 80}]}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}
- {apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a, resources: {limits: {cpu: '1'}}, ports: [{containerPort: 80}]}]}}}}
` // prettier-ignore

for (const release of RELEASES) {
  suite(`what kubectl ${release} reads of the schemas`, () => {
    let kubectl: Tried
    before(async () => {
      kubectl = await tryKubectl(release)
    })
    after(() => kubectl.close())

    test('a List is validated by kubectl itself, and applied [SVC-3]', async () => {
      await kubectl.refuses('apply -f -', /ValidationError\(Service.spec\): unknown field "selektor" in io.k8s.api.core.v1.ServiceSpec/, LIST.replace('selector', 'selektor'))
      await kubectl.says('apply -f -', /^service\/a created\nconfigmap\/a created\ndeployment.apps\/a created\n$/, LIST)
      await kubectl.says('apply -f -', /^service\/a unchanged\nconfigmap\/a unchanged\ndeployment.apps\/a unchanged\n$/, LIST)
      await kubectl.says('delete -f -', /^service "a" deleted[^\n]*\nconfigmap "a" deleted[^\n]*\ndeployment.apps "a" deleted/, LIST)
    }) // prettier-ignore

    test('explain reads either document', async () => {
      await kubectl.says('explain --output=plaintext-openapiv2 service.spec', /RESOURCE: spec <Object>[^]*ports\t<\[\]Object>/)
      await kubectl.says('explain service.spec.trafficDistribution', /FIELD: trafficDistribution <string>/)
      await kubectl.says('explain pod.spec.containers --recursive', /readinessProbe\t<Probe>/)
    })
  })
}
