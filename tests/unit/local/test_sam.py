from local.sam import complaint, overrides


def test_a_parameter_with_spaces_is_quoted_so_that_sam_does_not_cut_it() -> None:
    assert overrides({"DailyAt": "cron(0 7 * * ? *)", "WebhookUrl": ""}) == ["DailyAt='cron(0 7 * * ? *)'", "WebhookUrl=''"]


def test_the_complaint_is_the_error_and_not_the_caret_under_it() -> None:
    output = "Starting Build\n\nError: Failed to parse template: expected ',' or '}'\n  in line 19\n      ^\n"
    assert complaint(output) == "Failed to parse template: expected ',' or '}'"


def test_without_an_error_line_the_last_words_stand() -> None:
    assert complaint("one\ntwo\n\n") == "two"
    assert complaint("") == "it printed nothing"
