"""The local stack is the template less what stands here, and nothing more."""

from local.dropped import PROPERTIES, without_what_is_unknown
from tests.support.template import template


def test_only_gradual_deployment_is_left_out_of_a_local_stack() -> None:
    local, dropped = without_what_is_unknown(template())
    gradual = ("DiscardFunction", "GenerateFunction", "QueryFunction", "WebhookFunction")
    assert dropped == [f"{name}.DeploymentPreference" for name in gradual]
    assert set(local["Resources"]) == set(template()["Resources"])
    assert {key: value for key, value in local.items() if key != "Resources"} == {
        key: value for key, value in template().items() if key != "Resources"
    }


def test_the_template_itself_stays_whole() -> None:
    without_what_is_unknown(template())
    assert set(PROPERTIES) <= set(template()["Resources"]["GenerateFunction"]["Properties"])
