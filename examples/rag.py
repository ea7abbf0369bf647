"""Answer from your own documents, with citations: split, embed, search, ask, all with one key.

Needs `pip install langchain-text-splitters numpy`. Any vector store of LangChain's would do.
"""

from _offline import live_or_replayed
from langchain_core.messages import HumanMessage
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_text_splitters import RecursiveCharacterTextSplitter as Splitter

from langchain_aimlapi import AIMLAPIEmbeddings, ChatAIMLAPI

HANDBOOK = {
    "Holidays": "Holidays are asked for two weeks ahead, in the calendar. "
    "Up to five days may be carried over into the next year. "
    "Who falls ill on holiday gets these days back, with a note of a doctor.",
    "Equipment": "Laptops are replaced every four years. A broken laptop is replaced within two "
    "days. Phones are private; the company pays for the contract.",
}
QUESTION = "How many days of holidays may be carried over into the next year?"


def main() -> None:
    """Search the handbook and let Claude answer from what was found."""
    with live_or_replayed("rag"):
        sentences = Splitter([". "], keep_separator="end", chunk_size=90, chunk_overlap=0)
        titles = [{"title": title} for title in HANDBOOK]
        embeddings = AIMLAPIEmbeddings(model="text-embedding-3-small", dimensions=256)
        store = InMemoryVectorStore(embeddings)
        store.add_documents(sentences.create_documents([*HANDBOOK.values()], titles))
        passages = [
            {
                "type": "document",
                "title": found.metadata["title"],
                "source": {"type": "text", "media_type": "text/plain", "data": found.page_content},
                "citations": {"enabled": True},
            }
            for found in store.similarity_search(QUESTION, k=2)
        ]
        model = ChatAIMLAPI(model="anthropic/claude-sonnet-5", endpoint="messages")  # it cites
        answer = model.invoke([HumanMessage([*passages, {"type": "text", "text": QUESTION}])])
        print(answer.text)
        for block in answer.content_blocks:
            for citation in block.get("annotations") or ():
                print(f"  cited from {citation['title']}: {citation['cited_text'].strip()}")


if __name__ == "__main__":
    main()
