"""The local stack is the template less what stands here, and nothing more."""

from local.dropped import PROPERTIES, TYPES, without_what_is_unknown
from tests.support.template import resources, template


def test_only_gradual_deployment_and_saved_queries_are_left_out_of_a_local_stack() -> None:
    local, dropped = without_what_is_unknown(template())
    gradual = ("DiscardFunction", "GenerateFunction", "QueryFunction", "WebhookFunction")
    queries = resources("AWS::Logs::QueryDefinition")
    assert dropped == sorted([*queries, *(f"{name}.DeploymentPreference" for name in gradual)])
    assert set(local["Resources"]) == set(template()["Resources"]) - set(queries)
    assert {key: value for key, value in local.items() if key != "Resources"} == {
        key: value for key, value in template().items() if key != "Resources"
    }


def test_the_template_itself_stays_whole() -> None:
    without_what_is_unknown(template())
    assert set(PROPERTIES) <= set(template()["Resources"]["GenerateFunction"]["Properties"])
    assert all(resources(kind) for kind in TYPES)
