def test_an_unknown_address_is_a_problem_document(client):
    answer = client.get("/api/v1/nothing")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert answer.json["type"] == "urn:cbir:problem:not-found"


def test_a_collection_is_lent(app, indexed):
    with app.app_context():
        from cbir.api.services import services

        with services().collection("default") as c:
            assert c.stored.count() == 5
